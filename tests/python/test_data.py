"""Datasets, samplers, collating, and the DataLoader with and without workers. tests/parity/python_data.py compares
orders and random numbers with PyTorch's."""

import gc
import threading
import time

import pytest

import lamella
from lamella.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    get_worker_info,
    random_split,
)


class Squares(Dataset):
    def __init__(self, n, bad=None):
        self.n, self.bad = n, bad

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i == self.bad:
            raise KeyError("no such square")
        return lamella.tensor([float(i * i)]), i


class Stream(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        return iter(range(first, self.n, step))


def test_datasets():
    a, b = Squares(3), Squares(4)
    both = a + b
    assert isinstance(both, ConcatDataset) and len(both) == 7
    assert both[5][1] == 2 and both[-1][1] == 3
    assert [i for _, i in both] == [0, 1, 2, 0, 1, 2, 3]
    assert [item[1] for item in Subset(b, [3, 1])] == [3, 1]
    assert StackDataset(a=a, b=a)[2]["b"][1] == 2
    assert list(ChainDataset([Stream(2), Stream(3)])) == [0, 1, 0, 1, 2]
    rows = TensorDataset(lamella.arange(4), lamella.arange(4) * 2)
    assert len(rows) == 4 and [t.item() for t in rows[3]] == [3, 6]
    with pytest.raises(AssertionError, match="first axes have 2, 3 rows"):
        TensorDataset(lamella.ones(2), lamella.ones(3))


def test_random_split():
    first, second = random_split(Squares(10), [0.7, 0.3], generator=lamella.Generator().manual_seed(1))
    assert (len(first), len(second)) == (7, 3)
    assert sorted(first.indices + second.indices) == list(range(10))
    with pytest.raises(ValueError, match="8 = 4 \\+ 4 of 10"):
        random_split(Squares(10), [4, 4])
    with pytest.warns(UserWarning, match="Length of split at index 0 is 0"):
        random_split(Squares(10), [0.0, 1.0])


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_batches_come_in_order(workers):
    loader = DataLoader(Squares(10), batch_size=4, num_workers=workers)
    batches = list(loader)
    assert [numbers.tolist() for _, numbers in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches[0][0].shape == (4, 1) and len(loader) == 3
    assert len(list(DataLoader(Squares(10), batch_size=4, drop_last=True, num_workers=workers))) == 2


def test_slow_examples_do_not_change_the_order():
    class Slow(Squares):
        def __getitem__(self, i):
            time.sleep(0.02 if i % 4 == 0 else 0)
            return i

    assert lamella.cat(list(DataLoader(Slow(16), num_workers=4, batch_size=1))).tolist() == list(range(16))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_exception_names_the_example(workers):
    loader = DataLoader(Squares(8, bad=5), batch_size=2, num_workers=workers)
    seen = []
    with pytest.raises(KeyError, match="no such square") as caught:
        for batch in loader:
            seen.append(batch)
    assert len(seen) == 2
    assert caught.value.dataset_index == 5
    assert "dataset[5]" in caught.value.__notes__[0]


def test_workers_end_with_the_loop():
    def count():
        return sum(thread.name.startswith("DataLoader-") for thread in threading.enumerate())

    def settle():
        gc.collect()
        for _ in range(100):
            if count() == 0:
                return True
            time.sleep(0.01)
        return False

    list(DataLoader(Squares(8), num_workers=2))
    assert settle()
    for _ in DataLoader(Squares(8), num_workers=2):
        break
    assert settle()


def test_persistent_workers_are_kept():
    loader = DataLoader(Squares(6), num_workers=2, persistent_workers=True, batch_size=2)
    for _ in range(3):
        assert [numbers.tolist() for _, numbers in loader] == [[0, 1], [2, 3], [4, 5]]
    next(iter(loader))  # left early
    assert len(list(loader)) == 3
    names = {thread.name for thread in threading.enumerate() if thread.name.startswith("DataLoader-")}
    assert names == {"DataLoader-0", "DataLoader-1"}


def test_workers_share_a_stream():
    numbers = lamella.cat(list(DataLoader(Stream(10), batch_size=2, num_workers=2))).tolist()
    assert sorted(numbers) == list(range(10))
    assert lamella.cat(list(DataLoader(Stream(5), batch_size=2))).tolist() == [0, 1, 2, 3, 4]


def test_a_worker_knows_itself():
    infos = {}

    def init(worker):
        info = get_worker_info()
        info.dataset.n = 4  # its own copy
        infos[worker] = (info.id, info.num_workers, info.seed)

    dataset = Stream(8)
    lamella.manual_seed(3)
    assert sorted(DataLoader(dataset, batch_size=None, num_workers=2, worker_init_fn=init)) == [0, 1, 2, 3]
    assert dataset.n == 8 and get_worker_info() is None
    assert infos[0][:2] == (0, 2) and infos[1][2] == infos[0][2] + 1


def test_an_exception_of_worker_init_comes_out():
    def init(worker):
        raise OSError("no place")

    with pytest.raises(OSError, match="no place"):
        list(DataLoader(Squares(4), num_workers=1, worker_init_fn=init))


def test_timeout():
    class Stuck(Squares):
        def __getitem__(self, i):
            time.sleep(0.5)
            return i

    with pytest.raises(RuntimeError, match="timed out after 0.05 seconds"):
        next(iter(DataLoader(Stuck(4), num_workers=1, timeout=0.05)))


def test_collate_fn_and_batch_sampler():
    loader = DataLoader(
        Squares(5), batch_sampler=BatchSampler(SequentialSampler(range(5)), 2, False), collate_fn=len
    )
    assert list(loader) == [2, 2, 1] and loader.batch_size is None
    assert list(DataLoader(Squares(4), sampler=[3, 1], collate_fn=lambda batch: batch[0][1])) == [3, 1]


def test_a_batch_of_a_tensor_dataset_is_gathered_at_once():
    rows = lamella.arange(40.0).reshape(10, 4)
    part = Subset(TensorDataset(rows, lamella.arange(10)), [9, 8, 7])
    (images, numbers), = DataLoader(part, batch_size=3)
    assert numbers.tolist() == [9, 8, 7] and lamella.equal(images, rows[[9, 8, 7]])
    assert images.stride() == (4, 1)
    (last,), = DataLoader(TensorDataset(rows), batch_sampler=[[-1, 0]])
    assert last[0].tolist() == rows[9].tolist()
    (once,), = DataLoader(TensorDataset(rows), batch_sampler=[iter([1, 2])])
    assert lamella.equal(once, rows[1:3])
    with pytest.raises(IndexError):
        list(DataLoader(TensorDataset(rows), batch_sampler=[[10]]))


def test_gradients_pass_through_batches():
    rows = lamella.ones(3, 2, requires_grad=True)
    for (batch,) in DataLoader(TensorDataset(rows), batch_size=2):
        batch.sum().backward()
    assert rows.grad.tolist() == [[1, 1]] * 3


def test_collating_errors_say_what_to_do():
    with pytest.raises(RuntimeError, match=r"\[2\] at entry 0 and \[3\] at entry 1; give the DataLoader a collate_fn"):
        default_collate([lamella.ones(2), lamella.ones(3)])
    with pytest.raises(TypeError, match="found <class 'NoneType'>"):
        default_collate([None])


def test_a_wrong_length_is_warned_of():
    class Short(Stream):
        def __len__(self):
            return 2

    loader = DataLoader(Short(4), batch_size=None)
    assert len(loader) == 2
    with pytest.warns(UserWarning, match="was reported to be 2"):
        list(loader)


def test_what_is_fixed_stays_fixed():
    loader = DataLoader(Squares(4), shuffle=True)
    assert isinstance(loader.sampler, RandomSampler)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader is initialized"):
        loader.batch_size = 3
    loader.collate_fn = len

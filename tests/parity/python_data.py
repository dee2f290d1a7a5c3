"""Compares lamella.utils.data with PyTorch's. Both have to be installed.

    pytest tests/parity/python_data.py

After manual_seed, a DataLoader's batches and every random number drawn after it have to be torch's own; so have the
values, dtypes and strides that collating gives, and the errors.
"""

import collections
import random

import pytest

numpy = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
lamella = pytest.importorskip("lamella")

import lamella.utils.data  # noqa: E402
import torch.utils.data  # noqa: E402, F401

BOTH = (torch, lamella)
Point = collections.namedtuple("Point", "x y")


def plain(value):
    """Tensors of either library as (dtype, strides, values), in plain containers."""
    if isinstance(value, (torch.Tensor, lamella.Tensor)):
        return str(value.dtype), tuple(value.shape), tuple(value.stride()), value.tolist()
    if isinstance(value, dict):
        return {"type": type(value).__name__, **{key: plain(item) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *(plain(item) for item in value)]
    return value


def both(run):
    """What `run(library)` gives or raises, and the random numbers after it."""
    outcomes = []
    for library in BOTH:
        library.manual_seed(7)
        random.seed(7)
        try:
            result = plain(run(library))
        except Exception as error:
            result = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
        outcomes.append((result, library.randint(0, 1 << 30, (4,)).tolist()))
    return outcomes


def same(run):
    expected, found = both(run)
    assert found == expected
    return found[0]


class Numbers:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i


def stream_of(library, n):
    class Stream(library.utils.data.IterableDataset):
        def __len__(self):
            return n

        def __iter__(self):
            info = library.utils.data.get_worker_info()
            first, step = (0, 1) if info is None else (info.id, info.num_workers)
            return iter(range(first, n, step))

    return Stream()


LOADERS = {
    "plain": dict(batch_size=4),
    "dropped": dict(batch_size=4, drop_last=True),
    "shuffled": dict(batch_size=3, shuffle=True),
    "shuffled and dropped": dict(batch_size=3, shuffle=True, drop_last=True),
    "single": dict(batch_size=None, shuffle=True),
    "one": dict(),
}


@pytest.mark.parametrize("workers", [0, 2], ids=["here", "workers"])
@pytest.mark.parametrize("given", [False, True], ids=["default generator", "own generator"])
@pytest.mark.parametrize("options", LOADERS.values(), ids=LOADERS)
def test_order_and_random_numbers(options, given, workers):
    def run(library):
        generator = library.Generator().manual_seed(3) if given else None
        loader = library.utils.data.DataLoader(Numbers(10), generator=generator, num_workers=workers, **options)
        epochs = [[batch for batch in loader] for _ in range(2)]
        first = next(iter(loader))  # a loop that is left early
        after = None if generator is None else library.rand(2, generator=generator)
        return [epochs, first, after, len(loader)]

    same(run)


@pytest.mark.parametrize("persistent", [False, True])
def test_random_numbers_with_workers(persistent):
    def run(library):
        loader = library.utils.data.DataLoader(
            Numbers(11), batch_size=2, shuffle=True, num_workers=2, persistent_workers=persistent, prefetch_factor=1
        )
        return [[list(loader), library.rand(1)] for _ in range(3)]

    same(run)


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("options", [dict(batch_size=4), dict(batch_size=3, drop_last=True), dict(batch_size=None)])
def test_iterable_datasets(options, workers):
    same(lambda library: list(library.utils.data.DataLoader(stream_of(library, 11), num_workers=workers, **options)))


SAMPLERS = {
    "random": lambda data, n: data.RandomSampler(Numbers(n)),
    "random, more than there are": lambda data, n: data.RandomSampler(Numbers(n), num_samples=2 * n + 3),
    "random, replaced": lambda data, n: data.RandomSampler(Numbers(n), replacement=True, num_samples=70),
    "subset": lambda data, n: data.SubsetRandomSampler([3 * i for i in range(n)]),
    "weighted": lambda data, n: data.WeightedRandomSampler([i % 3 for i in range(1, n + 1)], 50),
    "weighted, once": lambda data, n: data.WeightedRandomSampler([0.5 + i for i in range(n)], n - 2, replacement=False),
    "weighted, one": lambda data, n: data.WeightedRandomSampler([0.5 + i for i in range(n)], 1),
    "batches": lambda data, n: data.BatchSampler(data.SequentialSampler(Numbers(n)), 4, False),
    "no samples": lambda data, n: data.RandomSampler(Numbers(n), num_samples=0),
    "no size": lambda data, n: data.BatchSampler(Numbers(n), 0, False),
    "too many": lambda data, n: data.WeightedRandomSampler([1.0, 0.0], 2, replacement=False),
    "weights of two axes": lambda data, n: data.WeightedRandomSampler([[1.0]], 2),
}


@pytest.mark.parametrize("n", [11, 100])
@pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS)
def test_samplers(make, n):
    same(lambda library: [list(make(library.utils.data, n)) for _ in range(2)])


@pytest.mark.parametrize(
    "lengths", [[3, 7], [0.5, 0.5], [0.3, 0.3, 0.4], [0.33, 0.67], [4, 4], [0.05, 0.95], [1.5, -0.5]]
)
@pytest.mark.filterwarnings("ignore:Length of split")
def test_random_split(lengths):
    def run(library):
        parts = library.utils.data.random_split(Numbers(10), lengths)
        return [list(part.indices) for part in parts] + [[part[i] for i in range(len(part))] for part in parts]

    same(run)


BATCHES = {
    "tensors": lambda t: [t.arange(3), t.arange(3)],
    "images": lambda t: [t.rand(2, 3, 4), t.rand(2, 3, 4)],
    "transposed": lambda t: [t.rand(3, 2).t(), t.rand(3, 2).t()],
    "ints": lambda t: [1, 2],
    "floats": lambda t: [1.5, 2.5],
    "bools": lambda t: [True, False],
    "text": lambda t: ["a", "b"],
    "arrays": lambda t: [numpy.ones((2, 2), numpy.float32), numpy.zeros((2, 2), numpy.float32)],
    "scalars": lambda t: [numpy.float64(1), numpy.float64(2)],
    "narrow scalars": lambda t: [numpy.float32(1), numpy.float32(2)],
    "integer scalars": lambda t: [numpy.int64(1), numpy.int64(2)],
    "tuples": lambda t: [(t.ones(2), 1), (t.zeros(2), 2)],
    "lists": lambda t: [[1, 2.0], [3, 4.0]],
    "dicts": lambda t: [{"a": 1, "b": [t.ones(1)]}, {"a": 2, "b": [t.zeros(1)]}],
    "ordered": lambda t: [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
    "named": lambda t: [Point(1, 2.0), Point(3, 4.0)],
    "uneven": lambda t: [[1, 2], [3]],
    "shapes": lambda t: [t.ones(2), t.ones(3)],
    "none": lambda t: [None, None],
    "array text": lambda t: [numpy.array(["a"]), numpy.array(["b"])],
}


@pytest.mark.parametrize("make", BATCHES.values(), ids=BATCHES)
def test_collate(make):
    same(lambda library: library.utils.data.default_collate(make(library)))
    same(lambda library: library.utils.data.default_convert(make(library)))


TENSORS = {
    "rows": lambda t: (t.rand(10, 3), t.arange(10)),
    "images": lambda t: (t.rand(10, 3, 2, 2), t.arange(10) % 3),
    "channels last": lambda t: (t.rand(10, 3, 4, 2).to(memory_format=t.channels_last), t.arange(10)),
    "transposed": lambda t: (t.rand(3, 10).t(), t.arange(10)),
    "single": lambda t: (t.rand(10),),
    "bytes": lambda t: (t.arange(20).reshape(10, 2).to(t.uint8), t.arange(10) > 4),
}


@pytest.mark.parametrize("make", TENSORS.values(), ids=TENSORS)
def test_tensor_datasets(make):
    def run(library):
        data = library.utils.data
        dataset = data.TensorDataset(*make(library))
        first, second = data.random_split(dataset, [6, 4])
        together = first + second
        return [list(data.DataLoader(d, batch_size=4, shuffle=True)) for d in (dataset, first, together)]

    same(run)


ERRORS = {
    "workers": dict(num_workers=-1),
    "timeout": dict(timeout=-1),
    "prefetch": dict(prefetch_factor=2),
    "persistent": dict(persistent_workers=True),
    "sampler and shuffle": dict(sampler=[1], shuffle=True),
    "batches and size": dict(batch_sampler=[[1]], batch_size=2),
    "no batch, dropped": dict(batch_size=None, drop_last=True),
    "size 0": dict(batch_size=0),
    "size of a float": dict(batch_size=2.0),
}


@pytest.mark.parametrize("options", ERRORS.values(), ids=ERRORS)
def test_errors(options):
    assert same(lambda library: library.utils.data.DataLoader(Numbers(4), **options)) == "ValueError"


def test_more_errors():
    same(lambda library: library.utils.data.DataLoader(Numbers(0), shuffle=True))
    same(lambda library: library.utils.data.DataLoader(stream_of(library, 3), shuffle=True))
    same(lambda library: library.utils.data.DataLoader(stream_of(library, 3), sampler=[0]))
    same(lambda library: setattr(library.utils.data.DataLoader(Numbers(3)), "batch_size", 4))
    same(lambda library: library.utils.data.TensorDataset(library.ones(2), library.ones(3)))
    same(lambda library: library.utils.data.ConcatDataset([]))
    same(lambda library: library.utils.data.ConcatDataset([Numbers(2), Numbers(3)])[-6])
    same(lambda library: library.utils.data.Dataset()[0])

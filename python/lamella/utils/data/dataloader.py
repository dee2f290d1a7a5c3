"""DataLoader: a dataset in batches, read by the calling thread or ahead of it by others."""

from __future__ import annotations

import math
import queue
import warnings
import weakref
from typing import Any, Callable, Generic, Iterable, Iterator, TypeVar

from lamella.utils.data._collate import default_collate, default_convert
from lamella.utils.data._fetch import make_fetcher
from lamella.utils.data._worker import ENDED, Failure, Worker, WorkerInfo
from lamella.utils.data.dataset import IterableDataset
from lamella.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, draw_seed

__all__ = ["DataLoader"]

T = TypeVar("T", covariant=True)


class _Endless(Sampler[None]):
    """What stands in for a sampler where the dataset itself says what comes next."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T]):
    """Hands out a dataset in batches, each epoch in a new order if `shuffle`.

    The arguments are torch's. `num_workers` threads (not processes) read ahead, `prefetch_factor` batches each; the
    batches come in order. In a worker, random numbers come from the process's generators, in an order that the threads'
    timing decides; the order of the examples does not depend on it. pin_memory, pin_memory_device, in_order and
    multiprocessing_context are accepted and not needed.

    With the same seed the batches are torch's, and so is every random number drawn after: an iterator draws a base seed
    when it is made, and the sampler its order when the first batch is asked for.

    An exception of the dataset comes out of the loop as it is; what number was read stands in its note and in its
    attribute `dataset_index`.
    """

    _initialized = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler | Iterable | None = None,
        batch_sampler: Sampler | Iterable | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
            )
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing."
                "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
            )
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            self._check_iterable(shuffle, sampler, batch_sampler)
        shuffle = bool(shuffle)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
            )
        if sampler is None:
            if self._iterable:
                sampler = _Endless()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate

        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.pin_memory = pin_memory
        self.drop_last = drop_last
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.pin_memory_device = pin_memory_device
        self.in_order = in_order
        self._promised: int | None = None  # what len() said of an iterable dataset
        self._kept: _ThreadedIterator | None = None
        self._initialized = True

    @staticmethod
    def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
        for name, given in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if given is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={given}"
                )

    def __setattr__(self, name: str, value: Any) -> None:
        fixed = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
        if self._initialized and name in fixed:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def _order(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __iter__(self) -> Iterator[T]:
        if self.num_workers == 0:
            return _Iterator(self)
        if not self.persistent_workers:
            return _ThreadedIterator(self)
        if self._kept is None:
            self._kept = _ThreadedIterator(self)
        else:
            self._kept.restart(self)
        return self._kept

    def __len__(self) -> int:
        """Batches an epoch. Raises TypeError where dataset or sampler do not know their length."""
        if not self._iterable:
            return len(self._order)
        self._promised = length = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)


class _BaseIterator:
    def __init__(self, loader: DataLoader) -> None:
        self._loader = loader
        self._numbers = iter(loader._order)
        self._base_seed = draw_seed(loader.generator)
        self._yielded = 0

    def __iter__(self) -> _BaseIterator:
        return self

    def __len__(self) -> int:
        return len(self._loader._order)

    def _count(self) -> None:
        self._yielded += 1
        loader = self._loader
        if loader._promised is not None and self._yielded > loader._promised:
            warnings.warn(
                f"Length of IterableDataset {loader.dataset} was reported to be {loader._promised} (when accessing "
                f"len(dataloader)), but {self._yielded} samples have been fetched.",
                stacklevel=3,
            )


class _Iterator(_BaseIterator):
    """Reads when it is asked."""

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        if loader.timeout != 0:
            raise AssertionError("timeout needs num_workers > 0")
        self._fetch = make_fetcher(
            loader.dataset, loader.batch_sampler is not None, loader.collate_fn, loader.drop_last
        )

    def __next__(self) -> Any:
        batch = self._fetch(next(self._numbers))
        self._count()
        return batch


def _end(workers: list[Worker]) -> None:
    for worker in workers:
        worker.end()


class _ThreadedIterator(_BaseIterator):
    """Hands tasks to the workers in turn, prefetch_factor each, and gives their results in the order of the tasks."""

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        self._results: queue.SimpleQueue = queue.SimpleQueue()
        fetch = (loader.batch_sampler is not None, loader.collate_fn, loader.drop_last)
        count = loader.num_workers
        self._workers = [
            Worker(
                WorkerInfo(id=i, num_workers=count, seed=self._base_seed + i, dataset=loader.dataset),
                fetch,
                loader.worker_init_fn,
                self._results,
            )
            for i in range(count)
        ]
        self._finalizer = weakref.finalize(self, _end, self._workers)
        self._sent = self._received = 0
        self._begin()

    def restart(self, loader: DataLoader) -> None:
        """Begins a new epoch with the same workers."""
        while self._pending:  # what a loop that was left early had asked for
            number, _ = self._results.get()
            self._pending.pop(number)
        self._loader = loader
        self._numbers = iter(loader._order)
        self._yielded = 0
        for worker in self._workers:
            worker.reset()
        self._begin()

    def _begin(self) -> None:
        self._received = self._sent
        self._pending: dict[int, int] = {}  # task -> worker
        self._done: dict[int, Any] = {}  # results before their turn
        self._alive = [True] * len(self._workers)
        self._next_worker = 0
        for _ in range(self._loader.prefetch_factor * len(self._workers)):
            self._send()

    def _send(self) -> None:
        if not any(self._alive):
            return
        try:
            indices = next(self._numbers)
        except StopIteration:
            return
        while not self._alive[self._next_worker]:
            self._next_worker = (self._next_worker + 1) % len(self._workers)
        self._pending[self._sent] = self._next_worker
        self._workers[self._next_worker].put(self._sent, indices)
        self._sent += 1
        self._next_worker = (self._next_worker + 1) % len(self._workers)

    def __next__(self) -> Any:
        if self._loader.prefetch_factor == 0 and self._received == self._sent:
            self._send()
        while self._received < self._sent:
            result = self._result_of(self._received)
            self._received += 1
            if result is ENDED:
                self._send()
                continue
            if self._loader.prefetch_factor > 0:
                self._send()
            if isinstance(result, Failure):
                raise result.error
            self._count()
            return result
        if not self._loader.persistent_workers:
            self._finalizer()
        raise StopIteration

    def _result_of(self, number: int) -> Any:
        while number not in self._done:
            timeout = self._loader.timeout or None
            try:
                arrived, result = self._results.get(timeout=timeout)
            except queue.Empty:
                raise RuntimeError(f"DataLoader timed out after {timeout} seconds") from None
            worker = self._pending.pop(arrived)
            if result is ENDED:
                self._alive[worker] = False
            self._done[arrived] = result
        return self._done.pop(number)

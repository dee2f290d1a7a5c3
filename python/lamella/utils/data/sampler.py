"""Samplers: the order in which a DataLoader reads. They draw what torch's draw, in its order."""

from __future__ import annotations

import bisect
import itertools
import math
from typing import Any, Generic, Iterable, Iterator, Sequence, Sized, TypeVar

import lamella

__all__ = [
    "Sampler",
    "SequentialSampler",
    "RandomSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "BatchSampler",
]

T = TypeVar("T", covariant=True)


class Sampler(Generic[T]):
    """Numbers of examples, or lists of them for batches. Subclasses write __iter__, and __len__ if they know it."""

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")


class SequentialSampler(Sampler[int]):
    """0, 1, 2, …"""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """A random order, or `num_samples` draws with replacement. Without a generator each epoch draws a seed from the
    default one, for a generator of its own."""

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={self.num_samples}")

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n = len(self.data_source)
        generator = self.generator
        if generator is None:
            generator = lamella.Generator()
            generator.manual_seed(draw_seed(None))
        if self.replacement:
            for _ in range(self.num_samples // 32):
                yield from lamella.randint(high=n, size=(32,), dtype=lamella.int64, generator=generator).tolist()
            rest = self.num_samples % 32
            yield from lamella.randint(high=n, size=(rest,), dtype=lamella.int64, generator=generator).tolist()
        else:
            for _ in range(self.num_samples // n):
                yield from lamella.randperm(n, generator=generator).tolist()
            # torch draws one more order, even if it takes nothing of it.
            yield from lamella.randperm(n, generator=generator).tolist()[: self.num_samples % n]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given numbers in a random order."""

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in lamella.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """`num_samples` numbers from 0 to len(weights) - 1, each as likely as its weight says."""

    def __init__(
        self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator: Any = None
    ) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = lamella.as_tensor(weights, dtype=lamella.float64)
        if self.weights.dim() != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        yield from _multinomial(self.weights, self.num_samples, self.replacement, self.generator)

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """What another sampler gives, in lists of `batch_size`."""

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        numbers = iter(self.sampler)
        while batch := list(itertools.islice(numbers, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def __len__(self) -> int:
        total = len(self.sampler)  # type: ignore[arg-type]
        return total // self.batch_size if self.drop_last else -(-total // self.batch_size)


def draw_seed(generator: Any) -> int:
    """One 63-bit number, as torch's `empty((), dtype=int64).random_(generator=generator)`."""
    return lamella.empty((), dtype=lamella.int64).random_(generator=generator).item()


def _multinomial(weights: lamella.Tensor, count: int, replacement: bool, generator: Any) -> list[int]:
    """torch.multinomial of one row of float64 weights: its draws, and its order of arithmetic."""
    values = weights.tolist()
    if not all(math.isfinite(value) and value >= 0 for value in values):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if sum(values) <= 0:
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement and count > len(values):
        raise RuntimeError(f"cannot draw {count} numbers of {len(values)} without replacement")
    if replacement and count > 1:
        sums = list(itertools.accumulate(values))
        ends = [value / sums[-1] for value in sums]
        ends[-1] = 1.0
        drawn = lamella.rand(count, dtype=lamella.float64, generator=generator).tolist()
        return [bisect.bisect_left(ends, value) for value in drawn]
    # The largest of weight / exponential(1) is drawn as likely as its weight says (Efraimidis and Spirakis 2006).
    waits = lamella.empty(len(values), dtype=lamella.float64).exponential_(1, generator=generator).tolist()
    keys = [value / wait for value, wait in zip(values, waits)]
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=True)[:count]

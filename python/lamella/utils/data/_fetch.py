"""How a DataLoader gets the examples of a batch: by their numbers, or from an iterator."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import lamella
from lamella.utils.data._collate import default_collate
from lamella.utils.data.dataset import IterableDataset, Subset, TensorDataset

__all__ = ["make_fetcher"]

Fetch = Callable[[Any], Any]


def make_fetcher(dataset: Any, batched: bool, collate_fn: Callable, drop_last: bool) -> Fetch:
    """A function of what the sampler gave. Raises StopIteration where an iterable dataset has ended."""
    if isinstance(dataset, IterableDataset):
        return _from_iterator(iter(dataset), batched, collate_fn, drop_last)
    if not batched:
        return lambda index: collate_fn(_item(dataset, index))
    fast = _gather(dataset) if collate_fn is default_collate else None

    def fetch(indices: Any) -> Any:
        rows = fast(indices) if fast is not None else None
        return collate_fn(_items(dataset, indices)) if rows is None else rows

    return fetch


def _item(dataset: Any, index: Any) -> Any:
    try:
        return dataset[index]
    except Exception as error:
        _note(error, f"while the DataLoader read dataset[{index!r}]")
        error.dataset_index = index  # type: ignore[attr-defined]
        raise


def _items(dataset: Any, indices: Any) -> list:
    if callable(getattr(dataset, "__getitems__", None)):
        try:
            return dataset.__getitems__(indices)
        except Exception as error:
            _note(error, f"while the DataLoader read dataset.__getitems__({indices!r})")
            raise
    return [_item(dataset, index) for index in indices]


def _note(error: BaseException, text: str) -> None:
    """What Python 3.11 prints below an error; before, it can only be looked up."""
    error.__notes__ = [*getattr(error, "__notes__", ()), text]  # type: ignore[attr-defined]


def _gather(dataset: Any) -> Fetch | None:
    """A whole batch of a TensorDataset at once, where that gives the tensors that collating its rows gives. The
    function returns None for numbers that only indexing understands."""
    numbers = []  # of subsets, the outermost first
    while type(dataset) is Subset:
        numbers.append(dataset.indices)
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset:
        return None
    tensors = dataset.tensors
    if not all(type(t) is lamella.Tensor and t.is_contiguous() and not t.requires_grad for t in tensors):
        return None

    def fetch(indices: Any) -> list | None:
        if not isinstance(indices, (list, tuple, range)):  # an iterator can be gone through only once
            return None
        for mapping in numbers:
            indices = [mapping[i] for i in indices]
        rows = tensors[0].size(0)
        if not all(type(i) is int and 0 <= i < rows for i in indices):
            return None
        index = lamella.tensor(indices, dtype=lamella.int64)
        return [tensor.index_select(0, index) for tensor in tensors]

    return fetch


def _from_iterator(examples: Iterator, batched: bool, collate_fn: Callable, drop_last: bool) -> Fetch:
    ended = False

    def fetch(indices: Any) -> Any:
        nonlocal ended
        if ended:
            raise StopIteration
        if not batched:
            return collate_fn(next(examples))
        batch = []
        for _ in indices:
            try:
                batch.append(next(examples))
            except StopIteration:
                ended = True
                break
        if not batch or (drop_last and len(batch) < len(indices)):
            raise StopIteration
        return collate_fn(batch)

    return fetch

"""Examples into batches."""

from __future__ import annotations

import collections.abc
import copy
import re
import sys
from typing import Any, Callable

import lamella

__all__ = ["collate", "default_collate", "default_convert", "default_collate_fn_map"]

_MESSAGE = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
_TEXT_OR_OBJECT = re.compile(r"[SaUO]")  # numpy's dtypes that no tensor has


def default_collate(batch: list) -> Any:
    """A batch of a list of examples: tensors and arrays are stacked, numbers become a tensor (float64 of floats), text
    stays a list; dicts, lists, tuples and namedtuples of these are collated part by part.

    Raises TypeError for other types, RuntimeError where the parts have different sizes.
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Any, *, collate_fn_map: dict | None = None) -> Any:
    """default_collate with another table of functions, `fn(batch, *, collate_fn_map)` by type."""
    first = batch[0]
    function = _function_of(first, collate_fn_map or {})
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)

    def parts(samples: Any) -> Any:
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(first, collections.abc.Mapping):
        return _like(first, {key: parts([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(parts(samples) for samples in zip(*batch)))
    if isinstance(first, collections.abc.Sequence):
        if any(len(sample) != len(first) for sample in batch):
            sizes = sorted({len(sample) for sample in batch})
            raise RuntimeError(f"each element in list of batch should be of equal size; found sizes {sizes}")
        columns = [parts(samples) for samples in zip(*batch)]
        return columns if isinstance(first, tuple) else _like(first, columns)
    raise TypeError(_MESSAGE.format(type(first)))


def default_convert(data: Any) -> Any:
    """numpy arrays and scalars as tensors, also inside of containers; everything else as it is."""
    numpy = sys.modules.get("numpy")
    if isinstance(data, lamella.Tensor) or data is None:
        return data
    if numpy is not None and isinstance(data, (numpy.ndarray, numpy.generic)):
        return data if _TEXT_OR_OBJECT.search(data.dtype.str) else lamella.as_tensor(data)
    if isinstance(data, collections.abc.Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple):
        parts = [default_convert(value) for value in data]
        return type(data)(*parts) if hasattr(data, "_fields") else parts
    if isinstance(data, collections.abc.Sequence) and not isinstance(data, (str, bytes)):
        return _like(data, [default_convert(value) for value in data])
    return data


def _function_of(example: Any, table: dict) -> Callable | None:
    if type(example) in table:
        return table[type(example)]
    numpy = sys.modules.get("numpy")  # an array is here only if its module is
    if table is default_collate_fn_map and numpy is not None:  # first: numpy.float64 is a float, too
        if isinstance(example, numpy.ndarray):
            return _collate_arrays
        if isinstance(example, (numpy.bool_, numpy.number, numpy.object_)):
            return _collate_scalars
    for kind, function in table.items():
        if isinstance(example, kind):
            return function
    return None


def _like(example: Any, parts: Any) -> Any:
    """The parts in a container of the example's type, which may have more to it than its items."""
    try:
        if isinstance(example, collections.abc.MutableMapping):
            made = copy.copy(example)
            made.update(parts)
            return made
        if isinstance(example, collections.abc.MutableSequence):
            made = copy.copy(example)
            for i, part in enumerate(parts):
                made[i] = part
            return made
        return type(example)(parts)
    except TypeError:
        return parts


def _collate_tensors(batch: Any, *, collate_fn_map: dict | None = None) -> Any:
    shapes = {tuple(tensor.shape) for tensor in batch}
    if len(shapes) > 1:
        at = next(i for i, tensor in enumerate(batch) if tensor.shape != batch[0].shape)
        raise RuntimeError(
            f"stack expects each tensor to be equal size, but got {list(batch[0].shape)} at entry 0 and "
            f"{list(batch[at].shape)} at entry {at}; give the DataLoader a collate_fn that pads or crops them"
        )
    return lamella.stack(tuple(batch), 0)


def _collate_arrays(batch: Any, *, collate_fn_map: dict | None = None) -> Any:
    if _TEXT_OR_OBJECT.search(batch[0].dtype.str):
        raise TypeError(_MESSAGE.format(batch[0].dtype))
    return collate([lamella.as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def _collate_scalars(batch: Any, *, collate_fn_map: dict | None = None) -> Any:
    numpy = sys.modules["numpy"]
    return lamella.as_tensor(numpy.asarray(batch))


def _collate_floats(batch: Any, *, collate_fn_map: dict | None = None) -> Any:
    return lamella.tensor(list(batch), dtype=lamella.float64)


def _collate_ints(batch: Any, *, collate_fn_map: dict | None = None) -> Any:
    return lamella.tensor(list(batch))


def _collate_text(batch: Any, *, collate_fn_map: dict | None = None) -> Any:
    return batch


default_collate_fn_map: dict = {
    lamella.Tensor: _collate_tensors,
    float: _collate_floats,
    int: _collate_ints,
    str: _collate_text,
    bytes: _collate_text,
}

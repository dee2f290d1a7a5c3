"""How layers and functions read, check and print their arguments."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from lamella._C import BadType, BadValue


def whole(layer: object, name: str, value: Any, least: int | None = None) -> int:
    """An integer argument of a layer. Raises TypeError for another type, ValueError below `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise BadType(f"{_name(layer)}: {name} must be an int, got {value!r}") from None
    if least is not None and number < least:
        raise BadValue(f"{_name(layer)}: {name} must be at least {least}, got {value!r}")
    return number


def per_axis(
    layer: object, name: str, value: Any, rank: int, least: int | None = None, each: str = "an axis"
) -> tuple[int, ...]:
    """One int for each of `rank` axes, from one for all or one `each`. Raises as `whole` does."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        values = (value,) * rank
    else:
        values = tuple(value)
    if len(values) != rank:
        expected = "an int or a tuple of 1" if rank == 1 else f"an int or {rank} ints, one {each}"
        raise BadValue(f"{_name(layer)}: {name} must be {expected}, got {value!r}")
    try:
        numbers = tuple(operator.index(v) for v in values)
    except TypeError:
        kind = "an int" if rank == 1 else f"an int or {rank} ints"
        raise BadType(f"{_name(layer)}: {name} must be {kind}, got {value!r}") from None
    if least is not None and min(numbers) < least:
        raise BadValue(f"{_name(layer)}: {name} must be at least {least}, got {value!r}")
    return numbers


def one_of(layer: object, name: str, value: Any, allowed: Sequence[str]) -> str:
    """A word among those allowed. Raises ValueError."""
    if value not in allowed:
        words = ", ".join(repr(word) for word in allowed)
        raise BadValue(f"{_name(layer)}: {name} must be one of {words}, but got {name}={value!r}")
    return value


def probability(layer: object, p: float) -> float:
    """A number in [0, 1]. Raises ValueError."""
    if not 0 <= p <= 1:
        raise BadValue(f"{_name(layer)}: dropout probability has to be between 0 and 1, but got {p}")
    return p


def shown(module: object, *names: str, **where_not: Any) -> str:
    """Attributes as "a=1, b=2"; those given by keyword only where they are not that value."""
    parts = [f"{name}={getattr(module, name)}" for name in names]
    parts += [f"{name}={getattr(module, name)}" for name, usual in where_not.items() if getattr(module, name) != usual]
    return ", ".join(parts)


def legacy_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The word for the two flags that losses once had. Warns where they are used."""
    if size_average is None and reduce is None:
        return reduction
    word = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(f"size_average and reduce are deprecated, please use reduction='{word}' instead.", stacklevel=4)
    return word


_warned: set[str] = set()


def warn_once(key: str, message: str, stacklevel: int = 3) -> None:
    """A UserWarning, at the first time in the process that `key` asks for one."""
    if key not in _warned:
        _warned.add(key)
        warnings.warn(message, stacklevel=stacklevel)


def _name(layer: object) -> str:
    return layer if isinstance(layer, str) else type(layer).__name__

"""Tensor's methods that are made of others: those of `_functions`, and in-place forms."""

from __future__ import annotations

import types
from typing import Any

from lamella import _C, _functions

Tensor = _C.Tensor

_FUNCTIONS = (
    "addr", "corrcoef", "cov", "cross", "diagflat", "diagonal_scatter", "dist", "index_reduce", "is_nonzero",
    "is_same_size", "is_signed", "kron", "ldexp", "logaddexp2", "logcumsumexp", "multinomial", "renorm", "rot90",
    "select_scatter", "slice_scatter",
)  # fmt: skip
# The function of an out-of-place method, in place: the result is written over what it was made of.
_IN_PLACE = (
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "cumprod", "cumsum", "deg2rad", "float_power", "heaviside",
    "index_reduce", "ldexp", "logit", "rad2deg", "renorm", "sinc",
)  # fmt: skip


def _log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Tensor:
    """Filled with exp of normal numbers."""
    return self.normal_(mean, std, generator=generator).exp_()


def _float_power(self: Tensor, exponent: Any) -> Tensor:
    return _C.float_power(self, exponent)


def _new(self: Tensor, *args: Any) -> Tensor:
    """A tensor of the same dtype: of a shape, or of values."""
    if not args or all(isinstance(a, int) for a in args) or isinstance(args[0], _C.Size):
        return _C.empty(*(args or (0,)), dtype=self.dtype)
    return _C.tensor(args[0], dtype=self.dtype)


def _in_place(name: str) -> Any:
    function = getattr(Tensor, name)

    def write(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        result = function(self.clone(), *args, **kwargs)
        if result.shape != self.shape:
            raise RuntimeError(
                f"{name}_: output with shape {list(self.shape)} doesn't match the broadcast shape {list(result.shape)}"
            )
        return self.copy_(result)

    return write


def _add(name: str, function: types.FunctionType) -> None:
    own = types.FunctionType(function.__code__, function.__globals__, name, function.__defaults__, function.__closure__)
    own.__kwdefaults__, own.__doc__ = function.__kwdefaults__, function.__doc__
    own.__annotations__ = function.__annotations__
    own.__qualname__, own.__module__ = f"Tensor.{name}", _C.__name__
    setattr(Tensor, name, own)


for _name in _FUNCTIONS:
    _add(_name, getattr(_functions, _name))
_add("log_normal_", _log_normal_)
_add("float_power", _float_power)
_add("new", _new)
for _name in _IN_PLACE:
    _add(_name + "_", _in_place(_name))

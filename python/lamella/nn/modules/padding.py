"""Padding layers. `padding` is one number for all sides or (left, right, top, bottom, front, back)."""

from __future__ import annotations

from collections.abc import Sequence

from lamella._C import Tensor
from lamella.nn import functional as F
from lamella.nn._arguments import per_axis, shown
from lamella.nn.modules.module import Module

__all__ = [
    f"{kind}Pad{rank}d" for kind in ("Zero", "Constant", "Reflection", "Replication", "Circular") for rank in (1, 2, 3)
]


class _PadNd(Module):
    """Pads the last `_rank` axes; negative numbers crop. Raises ValueError for a wrong count of numbers."""

    _rank: int
    _mode: str

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        self.padding: tuple[int, ...] = per_axis(self, "padding", padding, 2 * self._rank, each="a side")

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(_PadNd):
    """Pads with `value`."""

    _mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return shown(self, "padding", "value")


class _ReflectionPadNd(_PadNd):
    """Mirrors the input at its borders, which are not repeated: padding is smaller than the axis."""

    _mode = "reflect"


class _ReplicationPadNd(_PadNd):
    """Repeats the values at the borders."""

    _mode = "replicate"


class _CircularPadNd(_PadNd):
    """Continues the input on its other side."""

    _mode = "circular"


class ConstantPad1d(_ConstantPadNd):
    __doc__ = _ConstantPadNd.__doc__
    _rank = 1


class ConstantPad2d(_ConstantPadNd):
    __doc__ = _ConstantPadNd.__doc__
    _rank = 2


class ConstantPad3d(_ConstantPadNd):
    __doc__ = _ConstantPadNd.__doc__
    _rank = 3


class ReflectionPad1d(_ReflectionPadNd):
    __doc__ = _ReflectionPadNd.__doc__
    _rank = 1


class ReflectionPad2d(_ReflectionPadNd):
    __doc__ = _ReflectionPadNd.__doc__
    _rank = 2


class ReflectionPad3d(_ReflectionPadNd):
    __doc__ = _ReflectionPadNd.__doc__
    _rank = 3


class ReplicationPad1d(_ReplicationPadNd):
    __doc__ = _ReplicationPadNd.__doc__
    _rank = 1


class ReplicationPad2d(_ReplicationPadNd):
    __doc__ = _ReplicationPadNd.__doc__
    _rank = 2


class ReplicationPad3d(_ReplicationPadNd):
    __doc__ = _ReplicationPadNd.__doc__
    _rank = 3


class CircularPad1d(_CircularPadNd):
    __doc__ = _CircularPadNd.__doc__
    _rank = 1


class CircularPad2d(_CircularPadNd):
    __doc__ = _CircularPadNd.__doc__
    _rank = 2


class CircularPad3d(_CircularPadNd):
    __doc__ = _CircularPadNd.__doc__
    _rank = 3


class _ZeroPadNd(_ConstantPadNd):
    """Pads with zeros."""

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_ZeroPadNd, ConstantPad1d):
    __doc__ = _ZeroPadNd.__doc__


class ZeroPad2d(_ZeroPadNd, ConstantPad2d):
    __doc__ = _ZeroPadNd.__doc__


class ZeroPad3d(_ZeroPadNd, ConstantPad3d):
    __doc__ = _ZeroPadNd.__doc__

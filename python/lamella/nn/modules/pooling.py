"""Pooling layers. Shapes: (N, C, spatial…) or (C, spatial…)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamella._C import BadValue, Tensor
from lamella.nn import functional as F
from lamella.nn._arguments import per_axis, shown
from lamella.nn.modules.module import Module
from lamella.nn.modules.utils import _single

__all__ = [
    *(f"{kind}{rank}d" for kind in ("MaxPool", "MaxUnpool", "AvgPool", "LPPool") for rank in (1, 2, 3)),
    *(f"Adaptive{kind}Pool{rank}d" for kind in ("Avg", "Max") for rank in (1, 2, 3)),
]


class _Pool(Module):
    """A function of windows, which works on `_rank` axes."""

    _rank: int
    _pool: Callable[..., Any]

    def _check_window(self, kernel_size: Any, stride: Any, padding: Any, dilation: Any = 1) -> None:
        """Raises for a window that cannot be: padding is at most half of the (dilated) window."""
        rank = self._rank
        kernel = per_axis(self, "kernel_size", kernel_size, rank, 1)
        per_axis(self, "stride", kernel if stride is None or stride == () else stride, rank, 1)
        border = per_axis(self, "padding", padding, rank, 0)
        spread = per_axis(self, "dilation", dilation, rank, 1)
        for axis in range(rank):
            if 2 * border[axis] > spread[axis] * (kernel[axis] - 1) + 1:
                raise BadValue(
                    f"{self._get_name()}: padding should be at most half of the effective kernel size, but got"
                    f" padding={border[axis]}, kernel_size={kernel[axis]} and dilation={spread[axis]} at axis"
                    f" {axis - rank}"
                )


class _MaxPoolNd(_Pool):
    """The maximum of each window; with `return_indices` also where it was.

    out = floor((in + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1, rounded up with `ceil_mode`.
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self._check_window(kernel_size, stride, padding, dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return self._pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return shown(self, "kernel_size", "stride", "padding", "dilation", "ceil_mode")


class _AvgPoolNd(_Pool):
    """The mean of each window.

    out = floor((in + 2 padding - kernel_size) / stride) + 1, rounded up with `ceil_mode`. `count_include_pad`: whether
    the padding's zeros count; `divisor_override`: what sums are divided by instead.
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self._check_window(kernel_size, stride, padding)
        if divisor_override == 0:
            raise BadValue(f"{self._get_name()}: divisor_override must not be zero")
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        return shown(self, "kernel_size", "stride", "padding")


class _MaxUnpoolNd(_Pool):
    """Puts values back where the indices of max pooling say; the rest is zero. A call may name the `output_size`."""

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size = per_axis(self, "kernel_size", kernel_size, self._rank, 1)
        self.stride = per_axis(self, "stride", kernel_size if stride is None else stride, self._rank, 1)
        self.padding = per_axis(self, "padding", padding, self._rank, 0)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self._pool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return shown(self, "kernel_size", "stride", "padding")


class _LPPoolNd(_Pool):
    """(sum of x^p)^(1/p) of each window."""

    def __init__(
        self,
        norm_type: float,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self._check_window(kernel_size, stride, 0)
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return self._pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return shown(self, "norm_type", "kernel_size", "stride", "ceil_mode")


class _AdaptivePool(_Pool):
    def _check_output_size(self, output_size: Any) -> None:
        sizes = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * self._rank
        per_axis(self, "output_size", [0 if size is None else size for size in sizes], self._rank, 0)


class _AdaptiveAvgPoolNd(_AdaptivePool):
    """The means of windows that share the input out evenly into `output_size` positions (None: the input's)."""

    def __init__(self, output_size: int | None | Sequence[int | None]) -> None:
        super().__init__()
        self._check_output_size(output_size)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return self._pool(input, self.output_size)

    def extra_repr(self) -> str:
        return shown(self, "output_size")


class _AdaptiveMaxPoolNd(_AdaptivePool):
    """The maxima of windows that share the input out evenly into `output_size` positions (None: the input's)."""

    def __init__(self, output_size: int | None | Sequence[int | None], return_indices: bool = False) -> None:
        super().__init__()
        self._check_output_size(output_size)
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return self._pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return shown(self, "output_size")


class MaxPool1d(_MaxPoolNd):
    _rank = 1
    _pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPoolNd):
    _rank = 2
    _pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPoolNd):
    _rank = 3
    _pool = staticmethod(F.max_pool3d)


class MaxUnpool1d(_MaxUnpoolNd):
    _rank = 1
    _pool = staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpoolNd):
    _rank = 2
    _pool = staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpoolNd):
    _rank = 3
    _pool = staticmethod(F.max_unpool3d)


class AvgPool1d(_AvgPoolNd):
    _rank = 1
    _pool = staticmethod(F.avg_pool1d)

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.kernel_size = _single(self.kernel_size)
        self.stride = _single(self.stride)
        self.padding = _single(self.padding)

    def forward(self, input: Tensor) -> Tensor:
        return self._pool(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AvgPool2d(_AvgPoolNd):
    _rank = 2
    _pool = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPoolNd):
    _rank = 3
    _pool = staticmethod(F.avg_pool3d)


class LPPool1d(_LPPoolNd):
    _rank = 1
    _pool = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPoolNd):
    _rank = 2
    _pool = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPoolNd):
    _rank = 3
    _pool = staticmethod(F.lp_pool3d)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    _rank = 1
    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    _rank = 2
    _pool = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    _rank = 3
    _pool = staticmethod(F.adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    _rank = 1
    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    _rank = 2
    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    _rank = 3
    _pool = staticmethod(F.adaptive_max_pool3d)

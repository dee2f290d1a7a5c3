"""Convolution layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import lamella
from lamella._C import BadValue, Tensor
from lamella.nn import functional as F
from lamella.nn import init
from lamella.nn._arguments import one_of, per_axis, whole
from lamella.nn.modules.module import Module
from lamella.nn.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolution layers have: checked arguments, a weight and a bias."""

    transposed = False
    _rank: int
    _convolve: Callable[..., Tensor]

    def _set_up(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        groups: int,
        bias: bool,
        device: Any,
        dtype: Any,
    ) -> None:
        rank = self._rank
        self.in_channels = whole(self, "in_channels", in_channels, 0)
        self.out_channels = whole(self, "out_channels", out_channels, 0)
        self.groups = whole(self, "groups", groups)
        if groups <= 0:
            raise BadValue(f"{self._get_name()}: groups must be a positive integer, got {groups}")
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise BadValue(
                    f"{self._get_name()}: {name} must be divisible by groups, but {name}={channels} and groups={groups}"
                    f" leave a rest of {channels % groups}"
                )
        self.kernel_size = per_axis(self, "kernel_size", kernel_size, rank, 1)
        self.stride = per_axis(self, "stride", stride, rank, 1)
        self.padding = padding if isinstance(padding, str) else per_axis(self, "padding", padding, rank, 0)
        self.dilation = per_axis(self, "dilation", dilation, rank, 1)

        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (outer, inner // groups, *self.kernel_size)
        self.weight = Parameter(lamella.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(lamella.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        zeros, ones = (0,) * self._rank, (1,) * self._rank
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for name, usual in (("padding", zeros), ("dilation", ones), ("output_padding", zeros), ("groups", 1)):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        if self.bias is None:
            text += ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"


class _Convolution(_ConvNd):
    """A convolution (cross-correlation) over the last axes.

    Args: padding is a number for all axes, one an axis, "same" (stride 1 only) or "valid"; padding_mode "zeros",
    "reflect", "replicate" or "circular".
    Shape: (N, in_channels, spatial…), or without N, to
    out = floor((in + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1 positions an axis.
    Attributes: weight (out_channels, in_channels / groups, kernel_size…) and bias (out_channels,), uniform in
    ±sqrt(groups / (in_channels * product of kernel_size)).
    Raises ValueError for numbers that do not fit together, TypeError for what are no ints.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: str | int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.output_padding = (0,) * self._rank
        self.padding_mode = one_of(self, "padding_mode", padding_mode, _PADDING_MODES)
        if isinstance(padding, str):
            one_of(self, "padding", padding, ("same", "valid"))
            if padding == "same" and any(s != 1 for s in per_axis(self, "stride", stride, self._rank)):
                raise BadValue(
                    f"{self._get_name()}: padding='same' is not supported for strided convolutions, got"
                    f" stride={stride}; give the padding as a number"
                )
        self._set_up(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, device, dtype)
        self._reversed_padding_repeated_twice = self._pad_list()

    def _pad_list(self) -> list[int]:
        """What F.pad takes: the last axis first, before and behind; of an odd "same" padding the rest is behind."""
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
        elif self.padding == "valid":
            totals = [0] * self._rank
        else:
            totals = [2 * p for p in self.padding]
        return [part for total in reversed(totals) for part in (total // 2, total - total // 2)]

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if self.padding_mode == "zeros":
            return self._convolve(input, weight, bias, self.stride, self.padding, self.dilation, self.groups)
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return self._convolve(padded, weight, bias, self.stride, 0, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)


class _ConvTransposeNd(_ConvNd):
    """The adjoint of a convolution, for upsampling.

    Shape: (N, in_channels, spatial…), or without N, to
    out = (in - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1 positions an axis. A call may
    name the `output_size` that it wants, of the `stride` possible ones.
    Attributes: weight (in_channels, out_channels / groups, kernel_size…) and bias (out_channels,), uniform in
    ±sqrt(groups / (out_channels * product of kernel_size)).
    """

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        output_padding: int | Sequence[int] = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | Sequence[int] = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = self._get_name()
        if padding_mode != "zeros":
            raise BadValue(f'{name}: only "zeros" padding mode is supported, but got padding_mode={padding_mode!r}')
        if isinstance(padding, str):
            raise BadValue(f"{name}: padding must be numbers, got {padding!r}, which only convolutions know")
        self.padding_mode = padding_mode
        self.output_padding = per_axis(self, "output_padding", output_padding, self._rank, 0)
        self._set_up(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, device, dtype)
        for extra, step, spread in zip(self.output_padding, self.stride, self.dilation):
            if extra >= max(step, spread):
                raise BadValue(
                    f"{name}: output_padding must be smaller than either stride or dilation, got output_padding="
                    f"{self.output_padding}, stride={self.stride}, dilation={self.dilation}"
                )

    def _output_padding(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """What is to be added behind for `output_size`. Raises ValueError for a size that the layer cannot give."""
        if output_size is None:
            return self.output_padding
        rank = self._rank
        wanted = tuple(output_size)
        if len(wanted) == input.ndim:
            wanted = wanted[-rank:]
        if len(wanted) != rank:
            raise BadValue(
                f"output_size must have {rank} numbers, or {input.ndim} with batch and channels, got {output_size}"
            )
        smallest = [
            (size - 1) * s - 2 * p + d * (k - 1) + 1
            for size, s, p, d, k in zip(input.shape[-rank:], self.stride, self.padding, self.dilation, self.kernel_size)
        ]
        largest = [size + s - 1 for size, s in zip(smallest, self.stride)]
        if any(not low <= size <= high for low, size, high in zip(smallest, wanted, largest)):
            raise BadValue(
                f"requested an output size of {wanted}, but valid sizes range from {smallest} to {largest} (for an"
                f" input of shape {tuple(input.shape)})"
            )
        return tuple(size - low for size, low in zip(wanted, smallest))

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self.output_padding if output_size is None else self._output_padding(input, output_size)
        return self._convolve(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )


class Conv1d(_Convolution):
    __doc__ = _Convolution.__doc__
    _rank = 1
    _convolve = staticmethod(F.conv1d)


class Conv2d(_Convolution):
    __doc__ = _Convolution.__doc__
    _rank = 2
    _convolve = staticmethod(F.conv2d)


class Conv3d(_Convolution):
    __doc__ = _Convolution.__doc__
    _rank = 3
    _convolve = staticmethod(F.conv3d)


class ConvTranspose1d(_ConvTransposeNd):
    __doc__ = _ConvTransposeNd.__doc__
    _rank = 1
    _convolve = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    __doc__ = _ConvTransposeNd.__doc__
    _rank = 2
    _convolve = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    __doc__ = _ConvTransposeNd.__doc__
    _rank = 3
    _convolve = staticmethod(F.conv_transpose3d)

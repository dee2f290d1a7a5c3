"""Layers that learn their number of input channels or features from the first input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamella._C import BadValue, Tensor
from lamella.nn.modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from lamella.nn.modules.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from lamella.nn.modules.instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from lamella.nn.modules.linear import Linear
from lamella.nn.modules.module import Module
from lamella.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

__all__ = [
    "LazyLinear",
    *(f"Lazy{kind}{rank}d" for kind in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm") for rank in (1, 2, 3)),
]


class LazyModuleMixin:
    """Parameters without a shape, which the first call or load_state_dict gives them.

    `initialize_parameters` is called with the arguments of the first call; then the module becomes a `cls_to_become`.
    """

    cls_to_become: type[Module] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The functions, not methods of this object: a copy's hooks then see the copy.
        self._load_hook = self._register_load_state_dict_pre_hook(LazyModuleMixin._take_shapes, with_module=True)
        self._initialize_hook = self.register_forward_pre_hook(LazyModuleMixin._infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Gives all parameters their shapes and values: to be overridden."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether any parameter or buffer has no shape yet."""
        return any(is_lazy(tensor) for tensor in (*self._parameters.values(), *self._buffers.values()))

    def _infer_parameters(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.initialize_parameters(*args, **kwargs)
        if self.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        self._initialize_hook.remove()
        self._load_hook.remove()
        del self._initialize_hook, self._load_hook
        if self.cls_to_become is not None:
            self.__class__ = self.cls_to_become

    def _take_shapes(self, state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            given = state_dict.get(prefix + name)
            if is_lazy(tensor) and isinstance(given, Tensor) and not is_lazy(given):
                tensor.materialize(given.shape)


class LazyLinear(LazyModuleMixin, Linear):
    """A Linear whose in_features are those of its first input."""

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, out_features, bias=False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        if self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        self.in_features = input.shape[-1]
        if self.has_uninitialized_params():
            self.weight.materialize((self.out_features, self.in_features))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()


class _LazyConvNd(LazyModuleMixin):
    def _make_lazy(self, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        if self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        unbatched = self._rank + 1
        if input.ndim not in (unbatched, unbatched + 1):
            raise BadValue(
                f"Expected {unbatched}D (unbatched) or {unbatched + 1}D (batched) input to {self._get_name()}, but got"
                f" input of size: {tuple(input.shape)}"
            )
        channels = self.in_channels = input.shape[input.ndim - unbatched]
        if not self.has_uninitialized_params():
            return
        if channels % self.groups != 0:
            raise BadValue(f"in_channels must be divisible by groups, but got {channels} and {self.groups}")
        outer, inner = (channels, self.out_channels) if self.transposed else (self.out_channels, channels)
        self.weight.materialize((outer, inner // self.groups, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()


class _LazyConvolution(_LazyConvNd):
    """A convolution whose in_channels are those of its first input."""

    def __init__(
        self,
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
        super().__init__(
            0, out_channels, kernel_size, stride, padding, dilation, groups, bias=False, padding_mode=padding_mode
        )
        self._make_lazy(bias, device, dtype)


class _LazyConvTranspose(_LazyConvNd):
    """A transposed convolution whose in_channels are those of its first input."""

    def __init__(
        self,
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
        super().__init__(
            0,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            groups,
            bias=False,
            dilation=dilation,
            padding_mode=padding_mode,
        )
        self._make_lazy(bias, device, dtype)


class _LazyNorm(LazyModuleMixin):
    """A normalisation whose num_features are the channels of its first input."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        for name, parameter in list(self._parameters.items()):
            if parameter is not None:
                setattr(self, name, UninitializedParameter(device=device, dtype=dtype))
        for name in ("running_mean", "running_var"):
            if self._buffers[name] is not None:
                self._buffers[name] = UninitializedBuffer(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        if self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        self._check_input_dim(input)
        channels = self.num_features = input.shape[1]
        if self.has_uninitialized_params():
            for tensor in (*self._parameters.values(), *self._buffers.values()):
                if is_lazy(tensor):
                    tensor.materialize((channels,))
            self.reset_parameters()


class LazyConv1d(_LazyConvolution, Conv1d):
    __doc__ = _LazyConvolution.__doc__
    cls_to_become = Conv1d


class LazyConv2d(_LazyConvolution, Conv2d):
    __doc__ = _LazyConvolution.__doc__
    cls_to_become = Conv2d


class LazyConv3d(_LazyConvolution, Conv3d):
    __doc__ = _LazyConvolution.__doc__
    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    __doc__ = _LazyConvTranspose.__doc__
    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    __doc__ = _LazyConvTranspose.__doc__
    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    __doc__ = _LazyConvTranspose.__doc__
    cls_to_become = ConvTranspose3d


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    __doc__ = _LazyNorm.__doc__
    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    __doc__ = _LazyNorm.__doc__
    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    __doc__ = _LazyNorm.__doc__
    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    __doc__ = _LazyNorm.__doc__
    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    __doc__ = _LazyNorm.__doc__
    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    __doc__ = _LazyNorm.__doc__
    cls_to_become = InstanceNorm3d

"""Normalisation over groups of channels, over the last axes, and over neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lamella
from lamella._C import BadValue, Tensor
from lamella.nn import functional as F
from lamella.nn import init
from lamella.nn._arguments import shown, whole
from lamella.nn.modules.module import Module
from lamella.nn.parameter import Parameter

__all__ = ["GroupNorm", "LayerNorm", "RMSNorm", "LocalResponseNorm"]


class GroupNorm(Module):
    """Normalises each of `num_groups` groups of channels of each sample over channels and positions.

    Shape: (N, num_channels, *). Attributes: weight (ones) and bias (zeros) of (num_channels,), or None.
    Raises ValueError where num_channels is not divisible by num_groups.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_groups = whole(self, "num_groups", num_groups, 1)
        self.num_channels = whole(self, "num_channels", num_channels, 0)
        if num_channels % num_groups != 0:
            raise BadValue(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.eps = eps
        self.affine = affine
        shape = (num_channels,)
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            parameter = Parameter(lamella.empty(shape, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"{self.num_groups}, {self.num_channels}, {shown(self, 'eps', 'affine')}, {bias=}"


class _LastAxesNorm(Module):
    """Normalises over the last axes, which have the shape `normalized_shape`."""

    def _set_up(self, normalized_shape: Any, eps: float | None, affine: bool) -> None:
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = tuple(whole(self, "normalized_shape", extent, 0) for extent in shape)
        self.eps = eps
        self.elementwise_affine = affine

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if getattr(self, "bias", None) is not None:
            init.zeros_(self.bias)


class LayerNorm(_LastAxesNorm):
    """y = (x - mean) / sqrt(variance + eps) * weight + bias over the last axes.

    Attributes: weight (ones) and bias (zeros) of `normalized_shape`, or None.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._set_up(normalized_shape, eps, elementwise_affine)
        for name, wanted in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            data = lamella.empty(self.normalized_shape, device=device, dtype=dtype) if wanted else None
            self.register_parameter(name, None if data is None else Parameter(data))
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"{self.normalized_shape}, {shown(self, 'eps', 'elementwise_affine')}, {bias=}"


class RMSNorm(_LastAxesNorm):
    """y = x / sqrt(mean of x^2 + eps) * weight over the last axes; eps None: the dtype's."""

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._set_up(normalized_shape, eps, elementwise_affine)
        data = lamella.empty(self.normalized_shape, device=device, dtype=dtype) if elementwise_affine else None
        self.register_parameter("weight", None if data is None else Parameter(data))
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, {shown(self, 'eps', 'elementwise_affine')}"


class LocalResponseNorm(Module):
    """y = x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, {shown(self, 'alpha', 'beta', 'k')}"

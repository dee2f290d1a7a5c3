"""Dropout. In evaluation all of these return their input."""

from __future__ import annotations

from collections.abc import Callable

from lamella._C import Tensor
from lamella.nn import functional as F
from lamella.nn._arguments import probability, shown
from lamella.nn.modules.module import Module

__all__ = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    """Raises ValueError unless p is in [0, 1]."""

    _dropout: Callable[..., Tensor]

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        self.p = probability(self, p)
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return self._dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return shown(self, "p", "inplace")


class Dropout(_DropoutNd):
    """Zeroes elements with probability p and scales the others by 1 / (1 - p)."""

    _dropout = staticmethod(F.dropout)


class Dropout1d(_DropoutNd):
    """Zeroes whole channels of (N, C, L) or (C, L)."""

    _dropout = staticmethod(F.dropout1d)


class Dropout2d(_DropoutNd):
    """Zeroes whole channels of (N, C, H, W)."""

    _dropout = staticmethod(F.dropout2d)


class Dropout3d(_DropoutNd):
    """Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W)."""

    _dropout = staticmethod(F.dropout3d)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance of SELU's outputs."""

    _dropout = staticmethod(F.alpha_dropout)


class FeatureAlphaDropout(_DropoutNd):
    """Alpha dropout of whole channels."""

    _dropout = staticmethod(F.feature_alpha_dropout)

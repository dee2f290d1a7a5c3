"""Pooling by p-norms, composed of average pooling."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: F401  (in Pair)

from lamella._C import Tensor, _nn
from lamella.nn._arguments import per_axis

__all__ = ["lp_pool1d", "lp_pool2d", "lp_pool3d"]

Pair = "int | Sequence[int]"


def _lp_pool(average, input: Tensor, norm_type: float, kernel_size, stride, ceil_mode: bool, rank: int) -> Tensor:
    area = 1
    for extent in per_axis("lp_pool", "kernel_size", kernel_size, rank, 1):
        area *= extent
    mean = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (mean.sign() * mean.abs().relu()).mul(area).pow(1.0 / norm_type)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: int, stride: int | None = None, ceil_mode: bool = False
) -> Tensor:
    """(sum of x^p)^(1/p) of each window of (N, C, L)"""
    return _lp_pool(_nn.avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode, 1)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Pair, stride: Pair | None = None, ceil_mode: bool = False
) -> Tensor:
    """(sum of x^p)^(1/p) of each window of (N, C, H, W)"""
    return _lp_pool(_nn.avg_pool2d, input, norm_type, kernel_size, stride, ceil_mode, 2)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Pair, stride: Pair | None = None, ceil_mode: bool = False
) -> Tensor:
    """(sum of x^p)^(1/p) of each window of (N, C, D, H, W)"""
    return _lp_pool(_nn.avg_pool3d, input, norm_type, kernel_size, stride, ceil_mode, 3)

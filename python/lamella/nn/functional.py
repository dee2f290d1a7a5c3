"""The functions that networks are made of, with torch.nn.functional's signatures.

Most of them are C++ and come from lamella._C; here stand the compositions, and in `_losses` the losses.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import lamella
from lamella._C import BadValue, Tensor, _nn
from lamella._C._nn import *  # noqa: F403
from lamella.nn._attention import *  # noqa: F403
from lamella.nn._losses import *  # noqa: F403
from lamella.nn._windows import *  # noqa: F403

# Dropout


def _check_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise BadValue(f"dropout probability has to be between 0 and 1, but got {p}")


def _drop_channels(input: Tensor, p: float, training: bool, inplace: bool, unbatched: bool) -> Tensor:
    if not unbatched:
        return _nn.dropout2d(input, p, training, inplace)
    dropped = _nn.dropout2d(input.unsqueeze(0), p, training, inplace)
    return input if inplace else dropped.squeeze(0)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drops whole channels of (N, C, L) or (C, L)."""
    _check_probability(p)
    if input.ndim not in (2, 3):
        raise BadValue(f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input.")
    return _drop_channels(input, p, training, inplace, input.ndim == 2)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drops whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    _check_probability(p)
    return _drop_channels(input, p, training, inplace, input.ndim != 5)


def _alpha_dropout(input: Tensor, p: float, training: bool, inplace: bool, shape: Sequence[int]) -> Tensor:
    """Dropped elements get SELU's negative limit; a scale and a shift restore mean and variance."""
    _check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0.0) if inplace else input * 0.0
    limit = 1.7580993408473766  # SELU's alpha times its scale
    scale = 1 / math.sqrt((limit * limit * p + 1) * (1 - p))
    kept = lamella.empty(shape, dtype=input.dtype).bernoulli_(1 - p)
    shift = (kept - 1) * (limit * scale) + limit * scale * p
    return input.mul_(kept * scale).add_(shift) if inplace else input * (kept * scale) + shift


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean and variance of SELU's outputs."""
    return _alpha_dropout(input, p, training, inplace, input.shape)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """alpha_dropout of whole channels of (N, C, *)."""
    if training and p > 0 and input.ndim < 2:
        raise BadValue(f"feature dropout requires at least 2 dimensions in the input, got {input.ndim}")
    return _alpha_dropout(input, p, training, inplace, (*input.shape[:2], *[1] * (input.ndim - 2)))


# Norms and distances


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """x / max(p-norm of x along an axis, eps)"""
    result = input / input.norm(p, dim, keepdim=True).clamp_min(eps)
    return result if out is None else out.copy_(result)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1·x2 / (max(|x1|, eps) max(|x2|, eps)) along an axis of the two, which are broadcast"""
    x1, x2 = lamella.broadcast_tensors(x1, x2)
    lengths = x1.norm(2, dim).clamp_min(eps) * x2.norm(2, dim).clamp_min(eps)
    return (x1 * x2).sum(dim) / lengths


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last axis."""
    return (x1 - x2 + eps).norm(p, -1, keepdim=keepdim)


# Embedding


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of weight (V, D) by index (*): (*, D). The row `padding_idx` gets no gradient.

    max_norm: rows that are used and longer are first scaled down to it, in place.
    scale_grad_by_freq: a row's gradient is divided by how often it was used. sparse is accepted.
    """
    if padding_idx is not None:
        if not -weight.shape[0] <= padding_idx < weight.shape[0]:
            raise BadValue(f"padding_idx must be within the {weight.shape[0]} rows of the table, got {padding_idx}")
        padding_idx %= weight.shape[0]
    if max_norm is not None or scale_grad_by_freq:
        indices = input.flatten()
        counts = lamella.zeros(weight.shape[0], dtype=weight.dtype).index_add(
            0, indices, lamella.ones(indices.shape, dtype=weight.dtype)
        )
    if max_norm is not None:
        with lamella.no_grad():
            lengths = weight.norm(norm_type, 1)
            long = (counts > 0) & (lengths > max_norm)
            weight.mul_(lamella.where(long, max_norm / (lengths + 1e-7), 1.0).unsqueeze(1))
    rows = _nn.embedding(input, weight, padding_idx)
    if scale_grad_by_freq and rows.requires_grad:
        rows.register_hook(lambda grad: grad / counts[input].unsqueeze(-1))
    return rows


# Resizing, by its older names


def upsample(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners=None):
    """The older name of interpolate."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return _nn.interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate to the nearest position."""
    warnings.warn("`nn.functional.upsample_nearest` is deprecated. Use interpolate instead.", stacklevel=2)
    return _nn.interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate between four pixels, with aligned corners."""
    warnings.warn("`nn.functional.upsample_bilinear` is deprecated. Use interpolate instead.", stacklevel=2)
    return _nn.interpolate(input, size, scale_factor, "bilinear", align_corners=True)

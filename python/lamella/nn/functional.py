"""The functions that networks are made of, with torch.nn.functional's signatures.

Most of them are C++ and come from lamella._C; here stand older names, and in the files beside it the compositions.
"""

from __future__ import annotations

import warnings
from typing import Any

from lamella._C import Tensor, _nn
from lamella._C._nn import *  # noqa: F403
from lamella.nn._attention import *  # noqa: F403
from lamella.nn._losses import *  # noqa: F403
from lamella.nn._windows import *  # noqa: F403

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

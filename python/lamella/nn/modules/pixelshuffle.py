"""Channels to pixels, pixels to channels, and channels among each other."""

from __future__ import annotations

from lamella._C import Tensor
from lamella.nn import functional as F
from lamella.nn._arguments import shown, whole
from lamella.nn.modules.module import Module

__all__ = ["PixelShuffle", "PixelUnshuffle", "ChannelShuffle"]


class PixelShuffle(Module):
    """(*, C r², H, W) to (*, C, H r, W r), with r = upscale_factor."""

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = whole(self, "upscale_factor", upscale_factor, 1)

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return shown(self, "upscale_factor")


class PixelUnshuffle(Module):
    """(*, C, H r, W r) to (*, C r², H, W), with r = downscale_factor."""

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = whole(self, "downscale_factor", downscale_factor, 1)

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return shown(self, "downscale_factor")


class ChannelShuffle(Module):
    """Deals the channels of (N, C, *) out: channel i of group g becomes channel i groups + g."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = whole(self, "groups", groups, 1)

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return shown(self, "groups")

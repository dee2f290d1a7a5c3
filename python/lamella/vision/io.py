"""PNG and JPEG files as tensors."""

from __future__ import annotations

import enum
import os

import lamella
from lamella import _C

__all__ = ["ImageReadMode", "read_image", "write_png"]


class ImageReadMode(enum.Enum):
    """The channels of a picture that is read: those of its file, or 1, 3 or 4."""

    UNCHANGED = 0
    GRAY = 1
    RGB = 3
    RGB_ALPHA = 4


def read_image(path: str | os.PathLike, mode: ImageReadMode | str = ImageReadMode.UNCHANGED) -> lamella.Tensor:
    """A PNG or JPEG file (its content tells which) as uint8 [C, H, W], red first.

    Grey is made as Pillow makes it; what is transparent is laid over white where alpha is dropped. A JPEG's EXIF
    orientation is applied. Raises OSError, which names the file and the reason.
    """
    if isinstance(mode, str):
        names = [known.name for known in ImageReadMode]
        if mode.upper() not in names:
            raise ValueError(f"read_image: unknown mode '{mode}', expected one of {', '.join(names)}")
        mode = ImageReadMode[mode.upper()]
    return _C._read_image(os.fspath(path), mode.value or None)


def write_png(input: lamella.Tensor, filename: str | os.PathLike, compression_level: int = 6) -> None:
    """Writes uint8 [C, H, W] with C = 1 or 3, whole or not at all; the level is accepted and has no effect.

    Raises ValueError for another shape, TypeError for another dtype, OSError where the file cannot be written.
    """
    if input.dtype is not lamella.uint8:
        raise TypeError(f"write_png: the picture is {input.dtype}, expected uint8; scale it to 0 … 255 and convert it")
    if input.dim() != 3 or input.size(0) not in (1, 3):
        raise ValueError(f"write_png: got shape {list(input.shape)}, expected [1, H, W] or [3, H, W]")
    _C._write_image(input, os.fspath(filename))

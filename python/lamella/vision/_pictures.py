"""What the transforms share: pictures as arrays [H, W] or [H, W, C], and as tensors [..., H, W]."""

from __future__ import annotations

import enum
import numbers
from typing import Any, Sequence

import numpy

import lamella

__all__ = ["InterpolationMode", "Size", "as_picture", "extents", "pair", "four_sides", "crop", "pad", "resize_array"]

Size = int | Sequence[int]


class InterpolationMode(enum.Enum):
    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"


def as_picture(img: Any, user: str) -> Any:
    """A tensor as it is, anything else as an array [H, W] or [H, W, C]."""
    if isinstance(img, lamella.Tensor):
        if img.dim() < 2:
            raise ValueError(f"{user}: a picture has at least 2 axes, got shape {list(img.shape)}")
        return img
    if not isinstance(img, numpy.ndarray) and not hasattr(img, "__array_interface__"):
        given = type(img).__name__
        raise TypeError(f"{user}: expected a picture (a numpy array, one of Pillow's, a tensor), got a {given}")
    array = numpy.asarray(img)
    if array.ndim not in (2, 3):
        raise ValueError(f"{user}: a picture has 2 or 3 axes, got shape {list(array.shape)}")
    return array


def extents(picture: Any) -> tuple[int, int]:
    height, width = picture.shape[-2:] if isinstance(picture, lamella.Tensor) else picture.shape[:2]
    return height, width


def pair(size: Size, user: str) -> tuple[int, int]:
    if isinstance(size, numbers.Number):
        return int(size), int(size)
    if len(size) not in (1, 2):
        raise ValueError(f"{user}: please provide only two dimensions (h, w) for size, got {list(size)}")
    return size[0], size[-1]


def four_sides(padding: Size) -> tuple[int, int, int, int]:
    """left, top, right, bottom"""
    if isinstance(padding, numbers.Number):
        return (int(padding),) * 4
    if len(padding) == 1:
        return (padding[0],) * 4
    if len(padding) == 2:
        return padding[0], padding[1], padding[0], padding[1]
    if len(padding) == 4:
        return tuple(padding)
    raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(padding)} element tuple")


def crop(picture: Any, top: int, left: int, height: int, width: int) -> Any:
    if isinstance(picture, lamella.Tensor):
        return picture[..., top : top + height, left : left + width]
    return picture[top : top + height, left : left + width]


def pad(picture: Any, sides: tuple[int, int, int, int], fill: Any, mode: str) -> Any:
    left, top, right, bottom = sides
    if isinstance(picture, lamella.Tensor):
        if mode == "constant":
            return lamella.nn.functional.pad(picture, (left, right, top, bottom), value=fill)
        for axis, ends in ((-2, (top, bottom)), (-1, (left, right))):
            index = numpy.pad(numpy.arange(picture.shape[axis]), ends, mode=mode)
            picture = picture.index_select(axis, lamella.from_numpy(index))
        return picture
    widths = ((top, bottom), (left, right), (0, 0))[: picture.ndim]
    if mode != "constant":
        return numpy.pad(picture, widths, mode=mode)
    shape = [extent + sum(ends) for extent, ends in zip(picture.shape, widths)]
    made = numpy.empty(shape, picture.dtype)
    made[...] = fill
    made[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return made


def resize_array(picture: numpy.ndarray, size: tuple[int, int], mode: InterpolationMode) -> numpy.ndarray:
    height, width = extents(picture)
    if mode is InterpolationMode.NEAREST:
        rows = ((numpy.arange(size[0]) + 0.5) * (height / size[0])).astype(int)
        columns = ((numpy.arange(size[1]) + 0.5) * (width / size[1])).astype(int)
        return picture[rows][:, columns]
    if mode is InterpolationMode.BICUBIC:
        raise NotImplementedError("Resize: bicubic is there for tensors only; put ToTensor before it, or use BILINEAR")
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    if picture.dtype != numpy.uint8 or channels not in (1, 3, 4):
        raise TypeError(
            f"Resize: an array has to be uint8 with 1, 3 or 4 channels, got {picture.dtype} {list(picture.shape)}; put "
            "ToTensor before it"
        )
    box = mode is InterpolationMode.BOX
    pixels = lamella._C._resize_image(picture.tobytes(), (height, width, channels), size, box)
    return numpy.frombuffer(bytearray(pixels), numpy.uint8).reshape(*size, *picture.shape[2:])

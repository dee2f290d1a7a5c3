"""Transforms of pictures, with torchvision's meaning and random draws.

A picture is a numpy array of uint8, [H, W] or [H, W, C], as the datasets here give it, or one of Pillow's, which becomes an
array; or a tensor [..., H, W]. Arrays are resized as Pillow resizes, tensors as torchvision does.
"""

from __future__ import annotations

import enum
import numbers
from typing import Any, Callable, Sequence

import numpy

import lamella

__all__ = [
    "Compose",
    "ToTensor",
    "Normalize",
    "Lambda",
    "Resize",
    "CenterCrop",
    "Pad",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomVerticalFlip",
    "RandomApply",
    "InterpolationMode",
]

Size = int | Sequence[int]


class InterpolationMode(enum.Enum):
    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"


class Compose:
    """One transform after the other."""

    def __init__(self, transforms: Sequence[Callable]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return "Compose(\n" + "".join(f"    {transform}\n" for transform in self.transforms) + ")"


class ToTensor:
    """A picture [H, W] or [H, W, C] as a tensor [C, H, W]: of uint8 a float32 one in [0, 1], of other dtypes as they are."""

    def __call__(self, pic: Any) -> lamella.Tensor:
        if isinstance(pic, lamella.Tensor):
            raise TypeError("ToTensor: the picture is a tensor already; expected a numpy array or one of Pillow's pictures")
        array = _picture(pic, "ToTensor")
        if array.ndim == 2:
            array = array[:, :, None]
        tensor = lamella.from_numpy(numpy.array(array.transpose(2, 0, 1), order="C"))
        return tensor.to(lamella.get_default_dtype()).div(255) if tensor.dtype is lamella.uint8 else tensor

    def __repr__(self) -> str:
        return "ToTensor()"


class Normalize:
    """(x - mean) / std of each channel of a floating-point tensor [..., C, H, W]."""

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        self.mean = mean
        self.std = std
        self.inplace = inplace

    def __call__(self, tensor: lamella.Tensor) -> lamella.Tensor:
        if not isinstance(tensor, lamella.Tensor):
            raise TypeError(f"Normalize: expected a tensor (put ToTensor before it), got a {type(tensor).__name__}")
        if not tensor.is_floating_point():
            raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
        if tensor.dim() < 3:
            raise ValueError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got {tuple(tensor.shape)}")
        mean, std = (lamella.as_tensor(values, dtype=tensor.dtype) for values in (self.mean, self.std))
        if (std == 0).any().item():
            raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
        mean, std = (values.reshape(-1, 1, 1) if values.dim() == 1 else values for values in (mean, std))
        if not self.inplace:
            tensor = tensor.clone()
        return tensor.sub_(mean).div_(std)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Lambda:
    """A function as a transform."""

    def __init__(self, lambd: Callable) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


class Resize:
    """To (height, width), or the shorter side to a number, the other in proportion."""

    def __init__(
        self,
        size: Size,
        interpolation: InterpolationMode = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        self.size = size if isinstance(size, int) else list(size)
        self.interpolation = InterpolationMode(interpolation)
        self.max_size = max_size
        self.antialias = antialias

    def __call__(self, img: Any) -> Any:
        picture = _picture(img, "Resize")
        size = self._target(*_extents(picture))
        if size == _extents(picture):
            return picture
        if isinstance(picture, lamella.Tensor):
            return self._resize_tensor(picture, size)
        return _resize_array(picture, size, self.interpolation)

    def _target(self, height: int, width: int) -> tuple[int, int]:
        if not isinstance(self.size, int) and len(self.size) == 2:
            return self.size[0], self.size[1]
        wanted = self.size if isinstance(self.size, int) else self.size[0]
        short, long = sorted((height, width))
        new_short, new_long = wanted, int(wanted * long / short)
        if self.max_size is not None and new_long > self.max_size:
            new_short, new_long = int(self.max_size * new_short / new_long), self.max_size
        return (new_long, new_short) if width <= height else (new_short, new_long)

    def _resize_tensor(self, picture: lamella.Tensor, size: tuple[int, int]) -> lamella.Tensor:
        smooth = self.interpolation in (InterpolationMode.BILINEAR, InterpolationMode.BICUBIC)
        options: dict[str, Any] = {"align_corners": False, "antialias": bool(self.antialias)} if smooth else {}
        batch = picture.reshape(-1, 1, *picture.shape[-2:])
        floats = batch if batch.is_floating_point() else batch.to(lamella.float32)
        made = lamella.nn.functional.interpolate(floats, size=size, mode=self.interpolation.value, **options)
        if not batch.is_floating_point():
            made = made.round().clamp(0, 255).to(picture.dtype)
        return made.reshape(*picture.shape[:-2], *size)

    def __repr__(self) -> str:
        return f"Resize(size={self.size}, interpolation={self.interpolation.value}, max_size={self.max_size}, antialias={self.antialias})"


class CenterCrop:
    """The middle (height, width) of a picture; one that is smaller is padded with 0."""

    def __init__(self, size: Size) -> None:
        self.size = _pair(size, "CenterCrop")

    def __call__(self, img: Any) -> Any:
        picture = _picture(img, "CenterCrop")
        height, width = _extents(picture)
        tall, wide = self.size
        if wide > width or tall > height:
            across, down = max(wide - width, 0), max(tall - height, 0)
            picture = _pad(picture, (across // 2, down // 2, (across + 1) // 2, (down + 1) // 2), 0, "constant")
            height, width = _extents(picture)
        return _crop(picture, int(round((height - tall) / 2.0)), int(round((width - wide) / 2.0)), tall, wide)

    def __repr__(self) -> str:
        return f"CenterCrop(size={self.size})"


class Pad:
    """`padding` on all sides, or (left and right, top and bottom), or (left, top, right, bottom)."""

    def __init__(self, padding: Size, fill: Any = 0, padding_mode: str = "constant") -> None:
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode
        self._sides = _four_sides(padding)

    def __call__(self, img: Any) -> Any:
        return _pad(_picture(img, "Pad"), self._sides, self.fill, self.padding_mode)

    def __repr__(self) -> str:
        return f"Pad(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class RandomCrop:
    """A part of (height, width) from anywhere, after padding."""

    def __init__(
        self,
        size: Size,
        padding: Size | None = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        self.size = _pair(size, "RandomCrop")
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    def __call__(self, img: Any) -> Any:
        picture = _picture(img, "RandomCrop")
        if self.padding is not None:
            picture = _pad(picture, _four_sides(self.padding), self.fill, self.padding_mode)
        tall, wide = self.size
        for axis, wanted in ((1, wide), (0, tall)):
            lacks = wanted - _extents(picture)[axis]
            if self.pad_if_needed and lacks > 0:
                sides = (lacks, 0, lacks, 0) if axis == 1 else (0, lacks, 0, lacks)
                picture = _pad(picture, sides, self.fill, self.padding_mode)
        return _crop(picture, *self._place(*_extents(picture)), tall, wide)

    def _place(self, height: int, width: int) -> tuple[int, int]:
        tall, wide = self.size
        if height < tall or width < wide:
            raise ValueError(f"Required crop size {(tall, wide)} is larger than input image size {(height, width)}")
        if (height, width) == (tall, wide):
            return 0, 0
        top = lamella.randint(0, height - tall + 1, size=(1,)).item()
        return top, lamella.randint(0, width - wide + 1, size=(1,)).item()

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomHorizontalFlip:
    """Left and right exchanged, with probability p."""

    _axis = 1

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, img: Any) -> Any:
        picture = _picture(img, type(self).__name__)
        if not lamella.rand(1).item() < self.p:
            return picture
        if isinstance(picture, lamella.Tensor):
            return picture.flip(self._axis - 2)
        return numpy.ascontiguousarray(numpy.flip(picture, self._axis))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomVerticalFlip(RandomHorizontalFlip):
    """Top and bottom exchanged, with probability p."""

    _axis = 0


class RandomApply:
    """All of the transforms, or with probability 1 - p none."""

    def __init__(self, transforms: Sequence[Callable], p: float = 0.5) -> None:
        self.transforms = transforms
        self.p = p

    def __call__(self, img: Any) -> Any:
        return img if self.p < lamella.rand(1).item() else Compose(self.transforms)(img)


# --- What they share ---------------------------------------------------------------------------------------------


def _picture(img: Any, user: str) -> Any:
    """A tensor as it is, anything else as an array [H, W] or [H, W, C]."""
    if isinstance(img, lamella.Tensor):
        if img.dim() < 2:
            raise ValueError(f"{user}: a picture has at least 2 axes, got shape {list(img.shape)}")
        return img
    if not isinstance(img, numpy.ndarray) and not hasattr(img, "__array_interface__"):
        raise TypeError(f"{user}: expected a picture (a numpy array, one of Pillow's, a tensor), got a {type(img).__name__}")
    array = numpy.asarray(img)
    if array.ndim not in (2, 3):
        raise ValueError(f"{user}: a picture has 2 or 3 axes, got shape {list(array.shape)}")
    return array


def _extents(picture: Any) -> tuple[int, int]:
    height, width = picture.shape[-2:] if isinstance(picture, lamella.Tensor) else picture.shape[:2]
    return height, width


def _pair(size: Size, user: str) -> tuple[int, int]:
    if isinstance(size, numbers.Number):
        return int(size), int(size)
    if len(size) not in (1, 2):
        raise ValueError(f"{user}: please provide only two dimensions (h, w) for size, got {list(size)}")
    return size[0], size[-1]


def _four_sides(padding: Size) -> tuple[int, int, int, int]:
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


def _crop(picture: Any, top: int, left: int, height: int, width: int) -> Any:
    if isinstance(picture, lamella.Tensor):
        return picture[..., top : top + height, left : left + width]
    return picture[top : top + height, left : left + width]


def _pad(picture: Any, sides: tuple[int, int, int, int], fill: Any, mode: str) -> Any:
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


def _resize_array(picture: numpy.ndarray, size: tuple[int, int], mode: InterpolationMode) -> numpy.ndarray:
    height, width = _extents(picture)
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

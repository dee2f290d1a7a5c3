"""Transforms of pictures, with torchvision's meaning and random draws.

A picture is a numpy array of uint8, [H, W] or [H, W, C], as the datasets here give it, or one of Pillow's, which becomes
an array; or a tensor [..., H, W]. Arrays are resized as Pillow resizes, tensors as torchvision does.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Sequence

import numpy

import lamella
from lamella.vision._pictures import (
    InterpolationMode,
    Size,
    as_picture,
    crop,
    extents,
    four_sides,
    pad,
    pair,
    resize_array,
)

__all__ = [
    "Compose",
    "ToTensor",
    "Normalize",
    "Lambda",
    "Resize",
    "CenterCrop",
    "Pad",
    "RandomCrop",
    "RandomResizedCrop",
    "RandomHorizontalFlip",
    "RandomVerticalFlip",
    "RandomApply",
    "Grayscale",
    "InterpolationMode",
]


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
    """A picture [H, W] or [H, W, C] as a tensor [C, H, W]: of uint8 a float32 one in [0, 1], of others as they are."""

    def __call__(self, pic: Any) -> lamella.Tensor:
        if isinstance(pic, lamella.Tensor):
            raise TypeError("ToTensor: the picture is a tensor already; expected a numpy array or one of Pillow's")
        array = as_picture(pic, "ToTensor")
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
        picture = as_picture(img, "Resize")
        size = self._target(*extents(picture))
        if size == extents(picture):
            return picture
        if isinstance(picture, lamella.Tensor):
            return self._resize_tensor(picture, size)
        return resize_array(picture, size, self.interpolation)

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
        options = f"max_size={self.max_size}, antialias={self.antialias}"
        return f"Resize(size={self.size}, interpolation={self.interpolation.value}, {options})"


class CenterCrop:
    """The middle (height, width) of a picture; one that is smaller is padded with 0."""

    def __init__(self, size: Size) -> None:
        self.size = pair(size, "CenterCrop")

    def __call__(self, img: Any) -> Any:
        picture = as_picture(img, "CenterCrop")
        height, width = extents(picture)
        tall, wide = self.size
        if wide > width or tall > height:
            across, down = max(wide - width, 0), max(tall - height, 0)
            picture = pad(picture, (across // 2, down // 2, (across + 1) // 2, (down + 1) // 2), 0, "constant")
            height, width = extents(picture)
        return crop(picture, int(round((height - tall) / 2.0)), int(round((width - wide) / 2.0)), tall, wide)

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
        self._sides = four_sides(padding)

    def __call__(self, img: Any) -> Any:
        return pad(as_picture(img, "Pad"), self._sides, self.fill, self.padding_mode)

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
        self.size = pair(size, "RandomCrop")
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    def __call__(self, img: Any) -> Any:
        picture = as_picture(img, "RandomCrop")
        if self.padding is not None:
            picture = pad(picture, four_sides(self.padding), self.fill, self.padding_mode)
        tall, wide = self.size
        for axis, wanted in ((1, wide), (0, tall)):
            lacks = wanted - extents(picture)[axis]
            if self.pad_if_needed and lacks > 0:
                sides = (lacks, 0, lacks, 0) if axis == 1 else (0, lacks, 0, lacks)
                picture = pad(picture, sides, self.fill, self.padding_mode)
        return crop(picture, *self._place(*extents(picture)), tall, wide)

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


class RandomResizedCrop:
    """A part of a random area and aspect ratio, resized: the usual training crop of ImageNet."""

    def __init__(
        self,
        size: Size,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3 / 4, 4 / 3),
        interpolation: InterpolationMode = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        self.size = pair(size, "RandomResizedCrop")
        self.scale = scale
        self.ratio = ratio
        self._resize = Resize(self.size, interpolation, antialias=antialias)

    def __call__(self, img: Any) -> Any:
        picture = as_picture(img, "RandomResizedCrop")
        return self._resize(crop(picture, *self._part(*extents(picture))))

    def _part(self, height: int, width: int) -> tuple[int, int, int, int]:
        """top, left, height, width; after ten parts that do not fit the largest one in the middle."""
        low, high = lamella.log(lamella.tensor([float(value) for value in self.ratio])).tolist()
        for _ in range(10):
            area = height * width * lamella.empty(1).uniform_(self.scale[0], self.scale[1]).item()
            aspect = lamella.exp(lamella.empty(1).uniform_(low, high)).item()
            wide, tall = int(round(math.sqrt(area * aspect))), int(round(math.sqrt(area / aspect)))
            if 0 < wide <= width and 0 < tall <= height:
                top = lamella.randint(0, height - tall + 1, size=(1,)).item()
                return top, lamella.randint(0, width - wide + 1, size=(1,)).item(), tall, wide
        aspect = min(max(width / height, min(self.ratio)), max(self.ratio))
        wide, tall = width, height
        if width / height < aspect:
            tall = int(round(width / aspect))
        elif width / height > aspect:
            wide = int(round(height * aspect))
        return (height - tall) // 2, (width - wide) // 2, tall, wide

    def __repr__(self) -> str:
        return f"RandomResizedCrop(size={self.size}, scale={tuple(self.scale)}, ratio={tuple(self.ratio)})"


class Grayscale:
    """The luma of ITU-R 601: of an array as Pillow rounds it, of a tensor as torchvision does."""

    def __init__(self, num_output_channels: int = 1) -> None:
        if num_output_channels not in (1, 3):
            raise ValueError("num_output_channels should be either 1 or 3")
        self.num_output_channels = num_output_channels

    def __call__(self, img: Any) -> Any:
        picture = as_picture(img, "Grayscale")
        if isinstance(picture, lamella.Tensor):
            if picture.dim() >= 3 and picture.shape[-3] == 3:
                red, green, blue = picture.unbind(-3)
                picture = (0.2989 * red + 0.587 * green + 0.114 * blue).to(picture.dtype).unsqueeze(-3)
            return picture if self.num_output_channels == 1 else lamella.cat([picture] * 3, -3)
        if picture.ndim == 3 and picture.shape[2] >= 3:
            red, green, blue = (picture[..., i].astype(numpy.uint32) for i in range(3))
            picture = ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16).astype(numpy.uint8)
        elif picture.ndim == 3:
            picture = picture[..., 0]
        return picture if self.num_output_channels == 1 else numpy.stack([picture] * 3, axis=-1)

    def __repr__(self) -> str:
        return f"Grayscale(num_output_channels={self.num_output_channels})"


class RandomHorizontalFlip:
    """Left and right exchanged, with probability p."""

    _axis = 1

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, img: Any) -> Any:
        picture = as_picture(img, type(self).__name__)
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

"""Functions of windows that are compositions: patches as columns, and pooling by p-norms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import lamella
from lamella._C import BadValue, Tensor, _nn
from lamella.nn._arguments import per_axis

__all__ = ["unfold", "fold", "lp_pool1d", "lp_pool2d", "lp_pool3d"]

Pair = "int | Sequence[int]"


class _Windows:
    """The windows of a padded image: how many there are, and the pixels that the k-th place of all of them covers."""

    def __init__(
        self, function: str, size: Sequence[int], kernel: Pair, dilation: Pair, padding: Pair, stride: Pair
    ) -> None:
        self.kernel = per_axis(function, "kernel_size", kernel, 2, 1)
        self.dilation = per_axis(function, "dilation", dilation, 2, 1)
        self.padding = per_axis(function, "padding", padding, 2, 0)
        self.stride = per_axis(function, "stride", stride, 2, 1)
        self.counts = tuple(
            (extent + 2 * p - d * (k - 1) - 1) // s + 1
            for extent, k, d, p, s in zip(size, self.kernel, self.dilation, self.padding, self.stride)
        )
        if min(self.counts) < 1:
            raise BadValue(
                f"{function}: a window of kernel_size={self.kernel} and dilation={self.dilation} does not fit into"
                f" {tuple(size)} with padding={self.padding}"
            )

    def places(self) -> Iterator[tuple[slice, slice]]:
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                yield self._rows(0, i), self._rows(1, j)

    def _rows(self, axis: int, place: int) -> slice:
        first = place * self.dilation[axis]
        return slice(first, first + (self.counts[axis] - 1) * self.stride[axis] + 1, self.stride[axis])


def unfold(input: Tensor, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Tensor:
    """The windows of (N, C, H, W), or (C, H, W), as columns: (N, C * product of kernel_size, windows)."""
    if input.ndim not in (3, 4):
        raise BadValue(f"unfold(): expected input of (N, C, H, W) or (C, H, W), got shape {tuple(input.shape)}")
    if input.ndim == 3:
        return unfold(input.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
    windows = _Windows("unfold()", input.shape[2:], kernel_size, dilation, padding, stride)
    ph, pw = windows.padding
    padded = _nn.pad(input, (pw, pw, ph, ph)) if ph or pw else input
    places = [padded[:, :, rows, columns] for rows, columns in windows.places()]
    return lamella.stack(places, 2).reshape(input.shape[0], input.shape[1] * len(places), -1)


def fold(
    input: Tensor, output_size: Pair, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1
) -> Tensor:
    """Adds columns (N, C * product of kernel_size, windows) up where their windows lie: (N, C, *output_size)."""
    if input.ndim not in (2, 3):
        raise BadValue(f"fold(): expected input of (N, C·kernel, L) or (C·kernel, L), got shape {tuple(input.shape)}")
    if input.ndim == 2:
        return fold(input.unsqueeze(0), output_size, kernel_size, dilation, padding, stride).squeeze(0)
    size = per_axis("fold()", "output_size", output_size, 2, 1)
    windows = _Windows("fold()", size, kernel_size, dilation, padding, stride)
    area = windows.kernel[0] * windows.kernel[1]
    batch, rows, count = input.shape
    if rows % area != 0:
        raise BadValue(
            f"fold(): expected input's dimension 1 to be divisible by the product of kernel_size, but got {rows}"
            f" and kernel_size={windows.kernel}"
        )
    if count != windows.counts[0] * windows.counts[1]:
        raise BadValue(
            f"fold(): given output_size={size}, kernel_size={windows.kernel}, dilation={windows.dilation},"
            f" padding={windows.padding}, stride={windows.stride}, expected size of input's dimension 2 to match the"
            f" calculated number of sliding blocks {windows.counts[0]} * {windows.counts[1]} ="
            f" {windows.counts[0] * windows.counts[1]}, but got {count}"
        )
    (ph, pw), (height, width) = windows.padding, size
    columns = input.reshape(batch, rows // area, area, *windows.counts)
    image = lamella.zeros(batch, rows // area, height + 2 * ph, width + 2 * pw, dtype=input.dtype)
    for place, (at_rows, at_columns) in enumerate(windows.places()):
        image[:, :, at_rows, at_columns] += columns[:, :, place]
    return image[:, :, ph : ph + height, pw : pw + width].contiguous()


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

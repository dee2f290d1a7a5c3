"""Several axes to one, and one to several."""

from __future__ import annotations

from collections.abc import Sequence

from lamella._C import BadType, Tensor
from lamella.nn._arguments import shown, whole
from lamella.nn.modules.module import Module

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
    """(N, …) to (N, features): the axes from start_dim to end_dim become one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = whole(self, "start_dim", start_dim)
        self.end_dim = whole(self, "end_dim", end_dim)

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return shown(self, "start_dim", "end_dim")


class Unflatten(Module):
    """The axis `dim` to several, of the extents `unflattened_size`, of which one may be -1."""

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim = whole(self, "dim", dim)
        if not isinstance(unflattened_size, (tuple, list)):
            raise BadType(f"Unflatten: unflattened_size must be a tuple of ints, got {unflattened_size!r}")
        for extent in unflattened_size:
            whole(self, "unflattened_size", extent)
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return shown(self, "dim", "unflattened_size")

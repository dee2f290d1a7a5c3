"""Norms."""

from collections.abc import Sequence

import lamella


def vector_norm(x: lamella.Tensor, ord: float | str | None = 2, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: lamella.dtype | None = None) -> lamella.Tensor: ...

def norm(A: lamella.Tensor, ord: float | str | None = 2, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: lamella.dtype | None = None) -> lamella.Tensor: ...

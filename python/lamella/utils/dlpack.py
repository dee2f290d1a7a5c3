"""Tensors shared with other libraries through DLPack, without a copy."""

from __future__ import annotations

from typing import Any

from lamella import _C

from_dlpack = _C.from_dlpack


def to_dlpack(tensor: _C.Tensor) -> Any:
    """A capsule over the tensor's memory, which can be taken once. Raises BufferError if the tensor requires grad."""
    return tensor.__dlpack__()

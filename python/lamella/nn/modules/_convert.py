"""Changing the dtype of a module's tensors, or anything else about all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import lamella
from lamella._C import Tensor
from lamella.nn.parameter import is_lazy

T = TypeVar("T", bound="Convert")


def _parse_to(
    device: Any = None, dtype: Any = None, non_blocking: bool = False, memory_format: Any = None
) -> tuple[Any, Any, Any]:
    """Tells the forms of `to` apart: (device, dtype), (dtype), (tensor)."""
    if isinstance(device, Tensor):
        return device.device, device.dtype, memory_format
    if isinstance(device, lamella.dtype):
        return None, device, memory_format
    return device, dtype, memory_format


class Convert:
    """Conversions of a module's parameters, their gradients, and buffers. They work in place and return the module."""

    def _apply(self: T, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> T:
        """Replaces the data of every parameter and gradient, and every buffer, by what `fn` makes of it."""
        if recurse:
            for child in self.children():
                child._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            with lamella.no_grad():  # the parameter stays the same object, which optimisers hold
                parameter.data = fn(parameter)
                if parameter.grad is not None:
                    parameter.grad = fn(parameter.grad).requires_grad_(parameter.grad.requires_grad)
        buffers = self._slots("_buffers")
        for name, buffer in buffers.items():
            if buffer is not None:
                buffers[name] = fn(buffer)
        return self

    def to(self: T, *args: Any, **kwargs: Any) -> T:
        """to(device=None, dtype=None, non_blocking=False), to(dtype), to(tensor), to(memory_format=…).

        A dtype converts only what is floating-point. Raises TypeError for a dtype that is not.
        """
        like = kwargs.pop("tensor", None)
        device, dtype, memory_format = _parse_to(*((like,) if like is not None else ()), *args, **kwargs)
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={dtype}")

        def convert(tensor: Tensor) -> Tensor:
            wanted = dtype if tensor.is_floating_point() else None
            if memory_format is not None and tensor.dim() in (4, 5) and not is_lazy(tensor):
                return tensor.to(device, wanted or tensor.dtype, memory_format=memory_format)
            return tensor.to(device, wanted or tensor.dtype)

        return self._apply(convert)

    def type(self: T, dst_type: Any) -> T:
        """Casts every parameter and buffer, whatever its dtype."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def _to_floating(self: T, dtype: Any) -> T:
        return self._apply(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)

    def float(self: T) -> T:
        return self._to_floating(lamella.float32)

    def double(self: T) -> T:
        return self._to_floating(lamella.float64)

    def half(self: T) -> T:
        return self._to_floating(lamella.float16)

    def bfloat16(self: T) -> T:
        return self._to_floating(lamella.bfloat16)

    def cpu(self: T) -> T:
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self: T, device: Any = None) -> T:
        """Raises: there is no GPU, as in a PyTorch without CUDA."""
        return self._apply(lambda tensor: tensor.cuda(device))

    def to_empty(self: T, *, device: Any, recurse: bool = True) -> T:
        """Gives every parameter and buffer new, uninitialised memory."""
        return self._apply(lambda tensor: lamella.empty_like(tensor, device=device), recurse)

    def share_memory(self: T) -> T:
        """Accepted: threads share memory anyway."""
        return self

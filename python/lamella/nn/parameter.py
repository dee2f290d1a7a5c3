"""Tensors that a module knows by name: parameters and buffers."""

from __future__ import annotations

from typing import Any

import lamella
from lamella._C import Tensor

__all__ = ["Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer", "is_lazy"]


def _rebuild(kind: type, data: Tensor, requires_grad: bool, attributes: dict[str, Any]) -> Tensor:
    tensor = kind(data, requires_grad)
    tensor.__dict__.update(attributes)
    return tensor


class Parameter(Tensor):
    """A tensor that is registered as a parameter of the module to which it is assigned.

    Args: data, whose memory is shared (default: an empty tensor); requires_grad.
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        super().__init__(lamella.empty(0) if data is None else data, requires_grad)

    def __repr__(self, **options: Any) -> str:
        return "Parameter containing:\n" + super().__repr__(**options)

    __str__ = __repr__

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: int):
        return _rebuild, (type(self), self.data, self.requires_grad, dict(self.__dict__))


class Buffer(Tensor):
    """A tensor that is registered as a buffer of the module to which it is assigned.

    Args: data, whose memory is shared; persistent, whether it is part of the module's state_dict.
    """

    persistent: bool

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        data = lamella.empty(0) if data is None else data
        super().__init__(data, data.requires_grad)
        self.persistent = persistent


class _Uninitialized:
    """What lazy parameters and buffers share: no shape until `materialize` gives them one."""

    _becomes: type

    def materialize(self, shape: tuple[int, ...], device: Any = None, dtype: Any = None) -> None:
        """Turns the tensor, in place, into one of `shape` with uninitialised values."""
        self.data = lamella.empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)
        self.__class__ = self._becomes

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape the first input decides: see LazyLinear."""

    _becomes = Parameter

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(lamella.empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> UninitializedParameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: int):
        return type(self), (self.requires_grad, self.device, self.dtype)


class UninitializedBuffer(_Uninitialized, Buffer):
    """A buffer whose shape the first input decides: see LazyBatchNorm2d."""

    _becomes = Buffer

    def __init__(
        self, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> None:
        super().__init__(lamella.empty(0, device=device, dtype=dtype), persistent=persistent)

    def __deepcopy__(self, memo: dict[int, Any]) -> UninitializedBuffer:
        if id(self) not in memo:
            memo[id(self)] = type(self)(False, self.device, self.dtype, self.persistent)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: int):
        return type(self), (False, self.device, self.dtype, self.persistent)


def is_lazy(tensor: object) -> bool:
    """Whether it is a parameter or buffer that has no shape yet."""
    return isinstance(tensor, _Uninitialized)

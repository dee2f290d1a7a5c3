"""The part of Tensor that is plain Python: printing, copying, pickling, conversions, and compatible attributes."""

from __future__ import annotations

import copy
import types
from typing import Any

from lamella import _C

Tensor = _C.Tensor
_cpu = _C.device("cpu")


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a Tensor (a Parameter too)."""
    return isinstance(obj, Tensor)


def _repr(self: Tensor) -> str:
    return self._text()


def _format(self: Tensor, spec: str) -> str:
    if self.dim() == 0:
        return self.item().__format__(spec)
    return object.__format__(self, spec)


def _packed(self: Tensor) -> Tensor:
    """The values in memory order, without what else the storage holds."""
    return self.detach().clone()


def _reduce(self: Tensor, protocol: int):
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy and pickle protocols at "
            "the moment: detach() it first"
        )
    dense = _packed(self)
    array = dense.to(_C.float32).numpy() if dense.dtype is _C.bfloat16 else dense.numpy()
    return (_from_array, (type(self), array, self.dtype, self.requires_grad, dict(self.__dict__)))


def _from_array(cls: type, array, dtype: _C.dtype, requires_grad: bool, state: dict) -> Tensor:
    tensor = _C.from_numpy(array).to(dtype)
    if cls is not Tensor:
        tensor = cls(tensor)
    tensor.requires_grad_(requires_grad)
    tensor.__dict__.update(state)
    return tensor


def _deepcopy(self: Tensor, memo: dict) -> Tensor:
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment: "
            "detach() it first"
        )
    if id(self) in memo:
        return memo[id(self)]
    result = _packed(self)
    if type(self) is not Tensor:
        result = type(self)(result)
    result.requires_grad_(self.requires_grad)
    memo[id(self)] = result
    if self.grad is not None:
        result.grad = copy.deepcopy(self.grad, memo)
    result.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return result


def _array(self: Tensor, dtype=None, copy=None):
    array = self.numpy()
    if dtype is not None:
        array = array.astype(dtype, copy=False)
    return array.copy() if copy else array


def _array_wrap(self: Tensor, array, context=None, return_scalar: bool = False) -> Tensor:
    """What numpy's functions of a tensor return: a tensor again (of bool as uint8, as in PyTorch)."""
    return _C.as_tensor(array.astype("uint8") if array.dtype == bool else array)


def _type(self: Tensor, dtype=None, non_blocking: bool = False):
    if dtype is None:
        return "torch." + _NAMES[self.dtype] + "Tensor"
    if isinstance(dtype, str):
        dtype = _DTYPES[dtype.removeprefix("torch.").removesuffix("Tensor")]
    elif isinstance(dtype, LegacyType):
        dtype = dtype.dtype
    return self.to(dtype)


def _cuda(self: Tensor, *args, **kwargs):
    raise RuntimeError("lamella computes on the CPU: there is no CUDA device (torch.cuda.is_available() is False)")


def _same(self: Tensor, *args, **kwargs) -> Tensor:
    return self


class UntypedStorage:
    """What `x.untyped_storage()` tells: where the memory is, and how large."""

    def __init__(self, tensor: Tensor):
        self._tensor = tensor

    def data_ptr(self) -> int:
        return self._tensor.data_ptr() - self._tensor.storage_offset() * self._tensor.element_size()

    def nbytes(self) -> int:
        return self._tensor._storage_bytes()

    size = __len__ = nbytes


_NAMES = {
    _C.float32: "Float",
    _C.float64: "Double",
    _C.float16: "Half",
    _C.bfloat16: "BFloat16",
    _C.uint8: "Byte",
    _C.int8: "Char",
    _C.int16: "Short",
    _C.int32: "Int",
    _C.int64: "Long",
    _C.bool: "Bool",
}
_DTYPES = {name: dtype for dtype, name in _NAMES.items()}


class LegacyType:
    """torch.FloatTensor and its kin: `torch.FloatTensor([1, 2])`, `torch.LongTensor(2, 3)`."""

    def __init__(self, dtype: _C.dtype):
        self.dtype = dtype
        self.__name__ = _NAMES[dtype] + "Tensor"

    def __call__(self, *args) -> Tensor:
        if not args:
            return _C.empty(0, dtype=self.dtype)
        if all(isinstance(a, int) for a in args):
            return _C.empty(*args, dtype=self.dtype)
        if isinstance(args[0], _C.Size):
            return _C.empty(args[0], dtype=self.dtype)
        return _C.tensor(args[0], dtype=self.dtype)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is self.dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.__name__}'>"


def legacy_types() -> dict[str, LegacyType]:
    return {name + "Tensor": LegacyType(dtype) for name, dtype in _DTYPES.items()}


def _method(name: str, function: Any) -> None:
    """Makes `function` (or a property) Tensor's own, also by name, for stubs and tracebacks."""
    inner = function.fget if isinstance(function, property) else function
    if callable(inner):
        inner.__name__, inner.__qualname__, inner.__module__ = name, f"Tensor.{name}", _C.__name__
    setattr(Tensor, name, function)


def _is_pinned(self: Tensor, device: Any = None) -> bool:
    return False


def _is_shared(self: Tensor) -> bool:
    return False


def _get_device(self: Tensor) -> int:
    return -1


def _storage(self: Tensor) -> UntypedStorage:
    return UntypedStorage(self)


def _is_set_to(self: Tensor, other: Tensor) -> bool:
    return self.data_ptr() == other.data_ptr() and self.shape == other.shape and self.stride() == other.stride()


def _device(self: Tensor) -> _C.device:
    return _cpu


def _layout(self: Tensor) -> Any:
    return _C.strided


def _constant(value: bool) -> property:
    def get(self: Tensor) -> bool:
        return value

    return property(get)


def _copy_of(function: Any) -> Any:
    """A function of its own, so that each method has its own name."""
    return types.FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__)


for _name, _function in {
    "__repr__": _repr,
    "__str__": _copy_of(_repr),
    "__format__": _format,
    "__reduce_ex__": _reduce,
    "__deepcopy__": _deepcopy,
    "__array__": _array,
    "__array_wrap__": _array_wrap,
    "type": _type,
    "cuda": _cuda,
    "cpu": _same,
    "pin_memory": _copy_of(_same),
    "share_memory_": _copy_of(_same),
    "coalesce": _copy_of(_same),
    "is_pinned": _is_pinned,
    "is_shared": _is_shared,
    "get_device": _get_device,
    "untyped_storage": _storage,
    "storage": _copy_of(_storage),
    "is_set_to": _is_set_to,
    "device": property(_device),
    "layout": property(_layout),
    "is_cuda": _constant(False),
    "is_cpu": _constant(True),
    "is_mps": _constant(False),
    "is_sparse": _constant(False),
    "is_quantized": _constant(False),
    "is_meta": _constant(False),
}.items():
    _method(_name, _function)
Tensor.__array_priority__ = 1000

"""Functions of the torch namespace that need no C++: numeric limits, compatibility flags, small compositions."""

from __future__ import annotations

import builtins
import functools
from typing import Any, Callable

from lamella import _C

strided = _C.strided
_LIMITS = {
    _C.float64: (64, 2.220446049250313e-16, 1.7976931348623157e308, 2.2250738585072014e-308, 1e-15),
    _C.float32: (32, 1.1920928955078125e-07, 3.4028234663852886e38, 1.1754943508222875e-38, 1e-06),
    _C.float16: (16, 0.0009765625, 65504.0, 6.103515625e-05, 0.001),
    _C.bfloat16: (16, 0.0078125, 3.3895313892515355e38, 1.1754943508222875e-38, 0.01),
}


class finfo:
    """The limits of a floating-point dtype."""

    def __init__(self, dtype: _C.dtype | None = None):
        dtype = dtype or _C.get_default_dtype()
        if dtype not in _LIMITS:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{dtype}'")
        self.bits, self.eps, self.max, self.tiny, self.resolution = _LIMITS[dtype]
        self.min, self.smallest_normal, self.dtype = -self.max, self.tiny, repr(dtype).removeprefix("torch.")

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype."""

    def __init__(self, dtype: _C.dtype):
        if dtype.is_floating_point or dtype is _C.bool:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{dtype}'")
        self.bits = 8 * dtype.itemsize
        self.max = (1 << (self.bits - 1)) - 1 if dtype.is_signed else (1 << self.bits) - 1
        self.min = -(1 << (self.bits - 1)) if dtype.is_signed else 0
        self.dtype = repr(dtype).removeprefix("torch.")

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def typename(obj: Any) -> str:
    if isinstance(obj, _C.Tensor):
        return obj.type()
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


def is_storage(obj: Any) -> bool:
    return False


_PRINT_DEFAULTS = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}
_PRINT_PROFILES = {"default": {}, "short": {"precision": 2, "edgeitems": 2}, "full": {"threshold": (1 << 63) - 1}}
_print_options = dict(_PRINT_DEFAULTS)


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None) -> None:
    """How tensors are printed: digits, the number of elements above which they are summarised, elements at each end,
    characters a line; `profile` is "default", "short" or "full"."""
    if profile is not None:
        if profile not in _PRINT_PROFILES:
            raise ValueError(f"expected one of 'default', 'short' or 'full', got '{profile}'")
        _print_options.update(_PRINT_DEFAULTS | _PRINT_PROFILES[profile])
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _print_options.update({name: builtins.int(min(value, (1 << 63) - 1)) for name, value in given.items() if value is not None})
    _print_options["sci_mode"] = sci_mode
    _C._set_print_options(*_print_options.values())


def get_default_device() -> _C.device:
    return _C.device("cpu")


def set_default_device(device) -> None:
    """Accepted for the CPU."""
    _C.empty(0, device=device)


def set_default_tensor_type(kind) -> None:
    _C.set_default_dtype(getattr(kind, "dtype", None) or _C.empty(0).type(kind).dtype)


def use_deterministic_algorithms(mode: builtins.bool, *, warn_only: builtins.bool = False) -> None:
    """Accepted: lamella's results never depend on the number of threads."""


def are_deterministic_algorithms_enabled() -> builtins.bool:
    return True


def set_float32_matmul_precision(precision: str) -> None:
    """Accepted: float32 products are always computed in float32."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"expected one of 'highest', 'high' or 'medium', got '{precision}'")


def get_float32_matmul_precision() -> str:
    return "highest"


def set_num_interop_threads(threads: builtins.int) -> None:
    """Accepted: there is one pool of threads."""


def get_num_interop_threads() -> builtins.int:
    return 1


def compile(model: Callable | None = None, **options: Any):
    """Accepted: lamella's operators are compiled already; the model itself is returned."""
    return model if model is not None else functools.partial(compile, **options)


def frombuffer(
    buffer: Any, *, dtype: _C.dtype, count: builtins.int = -1, offset: builtins.int = 0, requires_grad: builtins.bool = False
) -> _C.Tensor:
    """A 1-d tensor over the memory of an object with the buffer protocol (bytes, bytearray, mmap, array.array).

    `count` elements from byte `offset` on; -1: all. Raises ValueError where they do not fit. A read-only buffer warns, once.
    """
    import numpy

    length, size = memoryview(buffer).nbytes, dtype.itemsize
    if length == 0 or count == 0:
        raise ValueError(f"frombuffer: both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(f"frombuffer: offset ({offset} bytes) must be from 0 to the buffer's length ({length} bytes) minus 1")
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"frombuffer: buffer length ({length} bytes) after offset ({offset} bytes) must be a multiple of element size ({size})"
        )
    count = (length - offset) // size if count < 0 else count
    if offset + count * size > length:
        raise ValueError(
            f"frombuffer: {count} elements of {size} bytes after offset {offset} are beyond the buffer's {length} bytes"
        )
    name = repr(dtype).removeprefix("torch.")
    if name == "bfloat16":
        raise TypeError("frombuffer: numpy has no bfloat16; read int16 and convert")
    tensor = _C.from_numpy(numpy.frombuffer(buffer, name, count, offset))
    return tensor.requires_grad_() if requires_grad else tensor


def broadcast_shapes(*shapes) -> _C.Size:
    """The shape that tensors of these shapes have together. Raises RuntimeError where they do not go together."""
    shapes = [tuple([s] if isinstance(s, builtins.int) else s) for s in shapes]
    rank = max(map(len, shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for axis, extent in enumerate(shape, rank - len(shape)):
            if extent not in (1, result[axis]):
                if result[axis] != 1:
                    raise RuntimeError(
                        f"Shape mismatch: objects cannot be broadcast to a single shape: {list(shapes[0])} and {list(shape)}"
                    )
                result[axis] = extent
    return _C.Size(result)


def broadcast_tensors(*tensors) -> tuple:
    if len(tensors) == 1 and isinstance(tensors[0], (builtins.list, builtins.tuple)):
        tensors = tensors[0]
    shape = broadcast_shapes(*(t.shape for t in tensors))
    return builtins.tuple(t.expand(shape) for t in tensors)


__all__ = [name for name in dir() if not name.startswith("_") and name not in ("annotations", "builtins", "functools", "Any", "Callable")]

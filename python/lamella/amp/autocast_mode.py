"""autocast: operators choose the dtype that they run in."""

from __future__ import annotations

import functools
import warnings
from typing import Any, Callable

from lamella import _C


def is_autocast_available(device_type: str) -> bool:
    return device_type == "cpu"


class autocast:
    """`with autocast("cpu", dtype=bfloat16):` runs convolutions and matrix products in 16 bits, losses in float32.

    On "cuda" it is switched off with one warning, as in PyTorch without a GPU.
    """

    def __init__(self, device_type: str = "cpu", dtype: _C.dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if device_type not in ("cpu", "cuda", "mps", "xpu"):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        if device_type != "cpu" and enabled:
            warnings.warn(f"User provided device_type of '{device_type}', but {device_type.upper()} is not available. Disabling", stacklevel=2)
            enabled = False
        self.device, self.dtype, self.enabled = device_type, dtype or _C.bfloat16, enabled
        if device_type == "cpu" and enabled and self.dtype not in (_C.bfloat16, _C.float16):
            warnings.warn("In CPU autocast, but the target dtype is not supported. Disabling autocast. CPU Autocast only supports dtype of torch.bfloat16, torch.float16 currently.", stacklevel=2)
            self.enabled = False
        self.cache = True if cache_enabled is None else cache_enabled
        self.scopes: list = []

    def __enter__(self) -> "autocast":
        scope = _C._AutocastScope(self.enabled, self.dtype if self.enabled else _C.bfloat16, self.cache) if self.device == "cpu" else None
        self.scopes.append(scope)
        return self

    def __exit__(self, *error: Any) -> None:
        scope = self.scopes.pop()
        if scope is not None:
            scope.close()

    def __call__(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return wrapped


def custom_fwd(fwd: Callable | None = None, *, device_type: str = "cpu", cast_inputs: _C.dtype | None = None) -> Callable:
    """For the forward of a Function: with `cast_inputs`, its floating-point tensors are cast and autocast is off."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def wrapped(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        ctx._autocast = _C.is_autocast_enabled()
        if cast_inputs is None or not ctx._autocast:
            return fwd(ctx, *args, **kwargs)
        cast = [a.to(cast_inputs) if isinstance(a, _C.Tensor) and a.is_floating_point() else a for a in args]
        with autocast("cpu", enabled=False):
            return fwd(ctx, *cast, **kwargs)

    return wrapped


def custom_bwd(bwd: Callable | None = None, *, device_type: str = "cpu") -> Callable:
    """For the backward of a Function: autocast is as it was in the forward."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def wrapped(ctx: Any, *args: Any) -> Any:
        with autocast("cpu", enabled=getattr(ctx, "_autocast", False)):
            return bwd(ctx, *args)

    return wrapped

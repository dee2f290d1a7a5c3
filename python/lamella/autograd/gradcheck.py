"""Derivatives against finite differences, in float64."""

from __future__ import annotations

from typing import Callable, Sequence

from lamella import _C


class GradcheckError(RuntimeError):
    """Says which input, which element, and both numbers."""


def _check(run: Callable, fn: Callable, inputs, eps: float, atol: float, rtol: float, raise_exception: bool) -> bool:
    message = run(fn, _C._list_of(inputs), eps, atol, rtol)
    if message and raise_exception:
        raise GradcheckError(message)
    return not message


def gradcheck(
    func: Callable, inputs: _C.Tensor | Sequence[_C.Tensor], *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True, **accepted,
) -> bool:  # fmt: skip
    """Compares func's derivative with central differences at those inputs that require grad."""
    return _check(_C._gradcheck, func, inputs, eps, atol, rtol, raise_exception)


def gradgradcheck(
    func: Callable, inputs: _C.Tensor | Sequence[_C.Tensor], grad_outputs=None, *, eps: float = 1e-6, atol: float = 1e-5,
    rtol: float = 1e-3, raise_exception: bool = True, **accepted,
) -> bool:  # fmt: skip
    """The same for the derivative of the derivative."""
    return _check(_C._gradgradcheck, func, inputs, eps, atol, rtol, raise_exception)

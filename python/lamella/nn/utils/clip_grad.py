"""Limits on gradients, in place, between backward and step."""

from __future__ import annotations

import types
import warnings
from collections.abc import Iterable

from lamella._C import Tensor, _optim

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]

Tensors = Tensor | Iterable[Tensor]


def _as_list(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The norm of all tensors as one vector, 0-d: the norm of their norms.

    Args: tensors, one or several; norm_type, a number or "inf"; error_if_nonfinite raises RuntimeError where the norm
        is NaN or infinite; foreach is accepted.
    """
    return _optim.get_total_norm(_as_list(tensors), float(norm_type), error_if_nonfinite)


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scales the gradients of the parameters so that their joint norm is at most max_norm.

    Args: as get_total_norm; parameters without a gradient do not count. A norm that is not finite spreads over all
        gradients unless error_if_nonfinite.

    Returns: the norm before, 0-d.
    """
    given = _as_list(parameters)
    if not given:
        kind = "an empty generator" if isinstance(parameters, types.GeneratorType) else "empty"
        warnings.warn(
            f"`parameters` is {kind}, no gradient clipping will occur (a generator such as model.parameters() can be read "
            "only once).",
            stacklevel=2,
        )
    return _optim.clip_grad_norm_(given, float(max_norm), float(norm_type), error_if_nonfinite)


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """The second half of clip_grad_norm_: gradient *= min(1, max_norm / (total_norm + 1e-6))."""
    _optim.clip_grads_with_norm_(_as_list(parameters), float(max_norm), total_norm)


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Deprecated: clip_grad_norm_."""
    warnings.warn("`nn.utils.clip_grad_norm` is now deprecated in favor of `clip_grad_norm_`.", FutureWarning, 2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Limits each element of the gradients to [-clip_value, clip_value]."""
    _optim.clip_grad_value_(_as_list(parameters), float(clip_value))

"""Differentiation: `grad`, `backward`, custom functions, modes, and checks of derivatives."""

from __future__ import annotations

from typing import Sequence

from lamella import _C
from lamella.autograd import forward_ad, graph  # noqa: F401
from lamella.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from lamella.autograd.function import Function, FunctionCtx, once_differentiable
from lamella.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from lamella.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck

Tensor = _C.Tensor
Variable = Tensor

__all__ = [
    "Function", "GradcheckError", "Variable", "backward", "detect_anomaly", "enable_grad", "grad", "gradcheck",
    "gradgradcheck", "inference_mode", "no_grad", "once_differentiable", "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """Gradients of sum(outputs * grad_outputs) with respect to `inputs`; nothing is added to any `.grad`.

    Without `grad_outputs` the outputs must have one element. An input that the outputs do not depend on raises unless
    `allow_unused` (then None) or `materialize_grads` (then zeros). `is_grads_batched` differentiates once for each
    entry along the first axis of `grad_outputs`.
    """
    outputs, inputs = _C._list_of(outputs), _C._list_of(inputs)
    gradients = _C._list_of(grad_outputs)
    unused = materialize_grads if allow_unused is None else allow_unused
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    if is_grads_batched:
        count = gradients[0].shape[0]
        rows = [
            grad(outputs, inputs, [g[i] for g in gradients], True, create_graph, True, unused, False, materialize_grads)
            for i in range(count)
        ]
        return tuple(None if column[0] is None else _C.stack(column) for column in zip(*rows))
    results = _C._grad(outputs, inputs, gradients, retain_graph, create_graph, unused)
    if materialize_grads:
        results = tuple(_C.zeros_like(x) if g is None else g for g, x in zip(results, inputs))
    return results


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables=None,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Adds the gradients of sum(tensors * grad_tensors) to the `.grad` of the leaves, or of `inputs` alone."""
    tensors, gradients = _C._list_of(tensors), _C._list_of(grad_tensors)
    if inputs is None:
        _C._backward(tensors, gradients, retain_graph, create_graph)
        return
    inputs = _C._list_of(inputs)
    if not inputs:
        raise RuntimeError("'inputs' argument to backward() cannot be empty.")
    for x, gradient in zip(inputs, _C._grad(tensors, inputs, gradients, retain_graph, create_graph, True)):
        if gradient is not None:
            x.grad = gradient if x.grad is None else x.grad + gradient

"""Full backward hooks: two identity nodes in the graph, one around a module's inputs and one around its outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import lamella
from lamella._C import Tensor
from lamella.autograd import Function

if TYPE_CHECKING:
    from lamella.nn.modules.module import Module

Grads = tuple["Tensor | None", ...]


class _Identity(Function):
    """Hands its tensors through, and in backward all their gradients at once to a function that may change them."""

    @staticmethod
    def forward(ctx: Any, on_backward: Callable[[Grads], Grads], *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.on_backward = on_backward
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(*(tensor for tensor in tensors if not tensor.requires_grad))
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
        return None, *ctx.on_backward(grads)


class _Watched:
    """The tensors among a module's arguments or results, and where they stand among the others."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.count = len(values)
        self.positions = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
        self.active = lamella.is_grad_enabled() and any(values[i].requires_grad for i in self.positions)

    def wrap(self, values: Sequence[Any], on_backward: Callable[[Grads], Grads]) -> tuple[Any, ...]:
        if not self.active:
            return tuple(values)
        wrapped = list(values)
        marked = _Identity.apply(on_backward, *(values[i] for i in self.positions))
        for position, tensor in zip(self.positions, marked):
            wrapped[position] = tensor
        return tuple(wrapped)

    def spread(self, grads: Grads) -> Grads:
        """One gradient a value: None for what is no tensor."""
        spread: list[Tensor | None] = [None] * self.count
        for position, grad in zip(self.positions, grads):
            spread[position] = grad
        return tuple(spread)

    def pick(self, grads: Grads) -> Grads:
        return tuple(grads[position] for position in self.positions)


def _replaced(old: Grads, new: Any, what: str) -> Grads:
    new = new if isinstance(new, tuple) else (new,)
    if len(new) != len(old):
        raise RuntimeError(f"{what} returned an invalid number of gradients, got {len(new)}, but expected {len(old)}")
    return new


class BackwardHooks:
    """The backward hooks of one call of a module.

    When the gradients of all outputs are there, the pre-hooks see them; when those of all inputs are there, the hooks
    see both. Where no input requires a gradient, the hooks run with the outputs' and get None for the inputs'.
    """

    def __init__(self, module: Module, pre_hooks: list[Callable], hooks: list[Callable]) -> None:
        self._module = module
        self._pre_hooks = pre_hooks
        self._hooks = hooks
        self._grad_outputs: Grads | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self._inputs = _Watched(args)
        return self._inputs.wrap(args, self._at_inputs)

    def leave(self, result: Any) -> Any:
        results = result if isinstance(result, tuple) else (result,)
        self._outputs = _Watched(results)
        results = self._outputs.wrap(results, self._at_outputs)
        if not isinstance(result, tuple):
            return results[0]
        return type(result)._make(results) if hasattr(result, "_make") else results

    def _at_outputs(self, grads: Grads) -> Grads:
        grad_outputs = self._outputs.spread(grads)
        for hook in self._pre_hooks:
            new = hook(self._module, grad_outputs)
            if new is not None:
                grad_outputs = _replaced(grad_outputs, new, "Backward pre hook")
        if self._inputs.active:
            self._grad_outputs = grad_outputs
        else:
            self._without_inputs(grad_outputs)
        return self._outputs.pick(grad_outputs)

    def _without_inputs(self, grad_outputs: Grads) -> None:
        for hook in self._hooks:
            new = hook(self._module, (None,) * self._inputs.count, grad_outputs)
            if new is not None and not (isinstance(new, tuple) and all(grad is None for grad in new)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for"
                    " all gradients."
                )

    def _at_inputs(self, grads: Grads) -> Grads:
        if self._grad_outputs is None:  # a backward that reached the inputs without passing the outputs
            return grads
        grad_inputs = self._inputs.spread(grads)
        for hook in self._hooks:
            new = hook(self._module, grad_inputs, self._grad_outputs)
            if new is not None:
                grad_inputs = _replaced(grad_inputs, new, "Backward hook")
        self._grad_outputs = None
        return self._inputs.pick(grad_inputs)

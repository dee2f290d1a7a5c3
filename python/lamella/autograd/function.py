"""Custom functions: a forward and a backward of one's own."""

from __future__ import annotations

import functools
from typing import Any, Callable

from lamella import _C

Tensor = _C.Tensor


class FunctionCtx:
    """What a forward leaves for its backward."""

    _saved: tuple[Tensor | None, ...] | None = None
    _to_save: tuple[Tensor | None, ...] = ()
    _dirty: tuple[Tensor, ...] = ()
    _constant: tuple[Tensor, ...] = ()
    _materialize = True
    needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps inputs and outputs for `saved_tensors`; a write to one of them in between is noticed."""
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument is of type {type(tensor).__name__}")
        self._to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Accepted: there is no forward mode."""

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Inputs that the forward writes to; they must be returned."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """False: a gradient that is zero comes as None."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        if self._saved is not None:
            return self._saved
        if self._to_save:
            return self._to_save
        if self._recorded:
            raise RuntimeError("saved_tensors are there while the backward runs")
        return ()

    _recorded = False


class Function(FunctionCtx):
    """Subclass it with static methods `forward(ctx, *args)` and `backward(ctx, *grad_outputs)`; call `apply`.

    Or split the forward into `forward(*args)` and `setup_context(ctx, inputs, output)`. The backward returns one gradient
    (or None) for each argument of the forward.
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple, output: Any) -> None:
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: FunctionCtx, *grad_outputs: Tensor | None) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
            "mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        ctx = cls()
        places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        tensors = [args[i] for i in places]
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        recording = _C.is_grad_enabled() and any(ctx.needs_input_grad)
        split = cls.setup_context is not Function.setup_context
        previous = _C.is_grad_enabled()
        _C._set_grad_enabled(False)
        try:
            outputs = cls.forward(*args, **kwargs) if split else cls.forward(ctx, *args, **kwargs)
            if split:
                cls.setup_context(ctx, args, outputs)
        finally:
            _C._set_grad_enabled(previous)
        if not recording:
            return outputs
        single = not isinstance(outputs, tuple)
        results = list((outputs,) if single else outputs)
        at = [i for i, r in enumerate(results) if isinstance(r, Tensor)]
        ctx._places, ctx._count, ctx._all_outputs, ctx._output_places = places, len(args), len(results), at
        name = (getattr(cls, "__name__", "Function")) + "Backward"
        saved, ctx._to_save, ctx._recorded = ctx._to_save, (), True
        dirty, constant = ctx._dirty, ctx._constant
        ctx._dirty = ctx._constant = ()
        recorded = _C._record_function(
            ctx, name, ctx._materialize, tensors, [results[i] for i in at], list(dirty), list(constant), list(saved)
        )
        for i, tensor in zip(at, recorded):
            results[i] = tensor
        return results[0] if single else tuple(results)

    def _run_backward(self, saved: tuple, gradients: tuple) -> list[Tensor | None]:
        """Called by the engine: the gradients of the tensor arguments, in their order."""
        if len(gradients) != self._all_outputs:
            padded: list[Tensor | None] = [None] * self._all_outputs
            for place, gradient in zip(self._output_places, gradients):
                padded[place] = gradient
            gradients = tuple(padded)
        self._saved = saved
        try:
            result = (self.vjp if hasattr(self, "vjp") else type(self).backward)(self, *gradients)
        finally:
            self._saved = None
        result = result if isinstance(result, (tuple, list)) else (result,)
        name = type(self).__name__ + "Backward"
        if len(result) > self._count and all(extra is None for extra in result[self._count :]):
            result = result[: self._count]
        if len(result) != self._count:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {self._count}, got {len(result)})"
            )
        chosen = [result[i] for i in self._places]
        for i, gradient in enumerate(result):
            if gradient is not None and not isinstance(gradient, Tensor):
                raise TypeError(
                    f"function {name}: expected a Tensor or None as gradient {i}, got {type(gradient).__name__}"
                )
        return chosen


def once_differentiable(backward: Callable) -> Callable:
    """Marks a backward whose result must not be differentiated again: a second derivative raises."""

    @functools.wraps(backward)
    def wrapped(ctx: FunctionCtx, *gradients: Tensor | None) -> Any:
        previous = _C.is_grad_enabled()
        _C._set_grad_enabled(False)
        try:
            result = backward(ctx, *gradients)
        finally:
            _C._set_grad_enabled(previous)
        if not previous or not any(isinstance(g, Tensor) and g.requires_grad for g in gradients):
            return result
        single = not isinstance(result, tuple)
        guarded = tuple(_OnceOnly.apply(r, *[g for g in gradients if g is not None]) if isinstance(r, Tensor) else r
                        for r in ((result,) if single else result))
        return guarded[0] if single else guarded

    return wrapped


class _OnceOnly(Function):
    """Passes a gradient on and refuses to be differentiated."""

    @staticmethod
    def forward(ctx: FunctionCtx, result: Tensor, *gradients: Tensor) -> Tensor:
        return result.detach()

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor | None) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

"""Activation checkpointing: memory for time."""

from __future__ import annotations

from typing import Any, Callable

from lamella import _C
from lamella.autograd import Function
from lamella.random import fork_rng


class _Checkpoint(Function):
    """Keeps a function's arguments and runs it again when the gradient comes."""

    @staticmethod
    def forward(ctx, run: Callable, preserve: bool, anchor: _C.Tensor, *args: Any) -> Any:
        ctx.run, ctx.preserve = run, preserve
        ctx.state = _C.get_rng_state() if preserve else None
        ctx.others = [None if isinstance(a, _C.Tensor) else a for a in args]
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, _C.Tensor)]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        return run(*args)

    @staticmethod
    def backward(ctx, *gradients: _C.Tensor | None) -> tuple:
        args = list(ctx.others)
        for place, saved in zip(ctx.places, ctx.saved_tensors):
            args[place] = saved.detach().requires_grad_(saved.requires_grad)
        with fork_rng(enabled=ctx.preserve):
            if ctx.preserve:
                _C.set_rng_state(ctx.state)
            previous = _C.is_grad_enabled()
            _C._set_grad_enabled(True)
            try:
                outputs = ctx.run(*args)
            finally:
                _C._set_grad_enabled(previous)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, gradients) if isinstance(o, _C.Tensor) and o.requires_grad and g is not None]
        if pairs:
            _C._backward([o for o, _ in pairs], [g for _, g in pairs], None, False)
        return (None, None, None, *[a.grad if isinstance(a, _C.Tensor) else None for a in args])


def checkpoint(
    function: Callable, *args: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True,
    context_fn=None, determinism_check: str = "default", debug: bool = False, **kwargs: Any,
) -> Any:  # fmt: skip
    """function(*args, **kwargs), whose intermediate results are computed again in the backward instead of being kept.

    The gradients are the same, for parameters inside `function` too, with `use_reentrant` either way. Random numbers
    are drawn again from the same state.
    """
    if not _C.is_grad_enabled():
        return function(*args, **kwargs)
    # Without an argument that requires grad, the anchor makes the gradient come here for the parameters inside.
    anchor = _C.empty(0).requires_grad_(not use_reentrant or any(isinstance(a, _C.Tensor) and a.requires_grad for a in args))
    return _Checkpoint.apply(lambda *a: function(*a, **kwargs), preserve_rng_state, anchor, *args)


def checkpoint_sequential(functions: Any, segments: int, input: _C.Tensor, use_reentrant: bool | None = None, **kwargs: Any) -> _C.Tensor:
    """A Sequential (or a list of callables) in `segments` checkpointed parts; the last one is kept as it is."""
    functions = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = max(1, len(functions) // segments)

    def part(begin: int, end: int) -> Callable:
        def run(x: _C.Tensor) -> _C.Tensor:
            for function in functions[begin:end]:
                x = function(x)
            return x

        return run

    begin = 0
    for begin_ in range(0, size * (segments - 1), size):
        input = checkpoint(part(begin_, begin_ + size), input, use_reentrant=use_reentrant, **kwargs)
        begin = begin_ + size
    return part(begin, len(functions))(input)

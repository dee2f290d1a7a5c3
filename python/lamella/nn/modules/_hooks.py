"""Hooks on modules: on one (the methods of `Hooks`) and on all of them (the functions `register_module_…_hook`)."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from lamella.nn.modules._backward_hooks import BackwardHooks
from lamella.utils.hooks import RemovableHandle, add_hook

__all__ = [
    "register_module_forward_pre_hook",
    "register_module_forward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_backward_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
    "register_module_buffer_registration_hook",
]

HookDict = OrderedDict[int, Callable[..., Any]]

_global_forward_pre_hooks: HookDict = OrderedDict()
_global_forward_hooks: HookDict = OrderedDict()
_global_forward_hooks_with_kwargs: OrderedDict[int, bool] = OrderedDict()
_global_forward_hooks_always_called: OrderedDict[int, bool] = OrderedDict()
_global_backward_pre_hooks: HookDict = OrderedDict()
_global_backward_hooks: HookDict = OrderedDict()
_global_module_registration_hooks: HookDict = OrderedDict()
_global_parameter_registration_hooks: HookDict = OrderedDict()
_global_buffer_registration_hooks: HookDict = OrderedDict()


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, args) -> None or new args` before the forward of every module."""
    return add_hook(_global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Calls `hook(module, args, output) -> None or new output` after the forward of every module.

    Args: with_kwargs, whether the hook is `hook(module, args, kwargs, output)`; always_call, whether it is called also
    where the forward raised.
    """
    flags = {"with_kwargs": _global_forward_hooks_with_kwargs} if with_kwargs else {}
    if always_call:
        flags["always_call"] = _global_forward_hooks_always_called
    return add_hook(_global_forward_hooks, hook, **flags)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, grad_output) -> None or new grad_output` when a module's output has its gradient."""
    return add_hook(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, grad_input, grad_output) -> None or new grad_input` after every module's backward."""
    return add_hook(_global_backward_hooks, hook)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The older name of `register_module_full_backward_hook`."""
    return register_module_full_backward_hook(hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, name, child) -> None or another child` at every registration of a child."""
    return add_hook(_global_module_registration_hooks, hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, name, parameter) -> None or another parameter` at every registration of a parameter."""
    return add_hook(_global_parameter_registration_hooks, hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, name, buffer) -> None or another buffer` at every registration of a buffer."""
    return add_hook(_global_buffer_registration_hooks, hook)


def registered(hooks: HookDict, module: Hooks, name: str, value: Any) -> Any:
    """`value`, or what the registration hooks put in its place."""
    for hook in hooks.values():
        replacement = hook(module, name, value)
        if replacement is not None:
            value = replacement
    return value


class Hooks:
    """The hooks of one module: what runs around its forward and its backward."""

    _forward_pre_hooks: HookDict
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks: HookDict
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _backward_pre_hooks: HookDict
    _backward_hooks: HookDict

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls `hook(module, args)` before forward; what it returns, if not None, becomes the arguments.

        With `with_kwargs` it is `hook(module, args, kwargs)` and returns None or a pair. `prepend`: before the others.
        """
        flags = {"with_kwargs": self._forward_pre_hooks_with_kwargs} if with_kwargs else {}
        return add_hook(self._forward_pre_hooks, hook, prepend=prepend, **flags)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Calls `hook(module, args, output)` after forward; what it returns, if not None, becomes the output.

        With `with_kwargs` it is `hook(module, args, kwargs, output)`. `prepend`: before the others. `always_call`: also
        where forward or another hook raised; the output is then None or what there was.
        """
        flags = {"with_kwargs": self._forward_hooks_with_kwargs} if with_kwargs else {}
        if always_call:
            flags["always_call"] = self._forward_hooks_always_called
        return add_hook(self._forward_hooks, hook, prepend=prepend, **flags)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_output) -> None or new grad_output` before the gradients of the inputs are made."""
        return add_hook(self._backward_pre_hooks, hook, prepend=prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_input, grad_output) -> None or new grad_input` when both are there."""
        return add_hook(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The older name of `register_full_backward_hook`, and here the same."""
        return self.register_full_backward_hook(hook)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        ran: set[int] = set()
        result = None
        try:
            args, kwargs = self._run_forward_pre_hooks(args, kwargs)
            backward = self._backward_hooks_of_call()
            if backward is not None:
                args = backward.enter(args)
            result = self.forward(*args, **kwargs)
            for key, hook, takes_kwargs in self._all_forward_hooks():
                ran.add(key)
                replaced = hook(self, args, kwargs, result) if takes_kwargs else hook(self, args, result)
                if replaced is not None:
                    result = replaced
            return result if backward is None else backward.leave(result)
        except Exception:
            self._run_hooks_always_called(ran, args, kwargs, result)
            raise

    def _run_forward_pre_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for key, hook in (*_global_forward_pre_hooks.items(), *self._forward_pre_hooks.items()):
            if key not in self._forward_pre_hooks_with_kwargs:
                new = hook(self, args)
                if new is not None:
                    args = new if isinstance(new, tuple) else (new,)
                continue
            new = hook(self, args, kwargs)
            if new is None:
                continue
            if not (isinstance(new, tuple) and len(new) == 2):
                raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), got {new}")
            args, kwargs = new
        return args, kwargs

    def _all_forward_hooks(self) -> list[tuple[int, Callable[..., Any], bool]]:
        everywhere = _global_forward_hooks_with_kwargs
        here = self._forward_hooks_with_kwargs
        return [(key, hook, key in everywhere) for key, hook in _global_forward_hooks.items()] + [
            (key, hook, key in here) for key, hook in self._forward_hooks.items()
        ]

    def _run_hooks_always_called(
        self, ran: set[int], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        """The hooks that an exception skipped, if they are to be called all the same. Their own errors are warnings."""
        always = _global_forward_hooks_always_called.keys() | self._forward_hooks_always_called.keys()
        for key, hook, takes_kwargs in self._all_forward_hooks():
            if key not in always or key in ran:
                continue
            try:
                replaced = hook(self, args, kwargs, result) if takes_kwargs else hook(self, args, result)
                result = result if replaced is None else replaced
            except Exception as error:
                warnings.warn(
                    "a forward hook with always_call=True raised an exception that was silenced, as another error was"
                    f" raised in forward: {error}",
                    stacklevel=4,
                )

    def _backward_hooks_of_call(self) -> BackwardHooks | None:
        pre_hooks = [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]
        hooks = [*_global_backward_hooks.values(), *self._backward_hooks.values()]
        return BackwardHooks(self, pre_hooks, hooks) if pre_hooks or hooks else None

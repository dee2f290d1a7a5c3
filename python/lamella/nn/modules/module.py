"""nn.Module: the base of all layers and networks."""

from __future__ import annotations

import functools
from collections import OrderedDict
from types import FunctionType
from typing import Any, TypeVar

from lamella._C import Tensor
from lamella.nn.modules import _hooks
from lamella.nn.modules._convert import Convert
from lamella.nn.modules._hooks import *  # noqa: F403
from lamella.nn.modules._hooks import (
    Hooks,
    _global_backward_hooks,
    _global_backward_pre_hooks,
    _global_forward_hooks,
    _global_forward_pre_hooks,
    registered,
)
from lamella.nn.modules._place import LAMELLA_ERRORS, add_place
from lamella.nn.modules._slots import Slots
from lamella.nn.modules._state_dict import StateDict
from lamella.nn.modules._tree import Tree
from lamella.nn.parameter import Buffer, Parameter

__all__ = ["Module", *_hooks.__all__]

T = TypeVar("T", bound="Module")

_SLOTS = ("_parameters", "_buffers", "_modules")
_HOOK_DICTS = tuple(name for base in (Hooks, StateDict) for name in base.__annotations__ if "_hooks" in name)
_LAYERS = __name__.rpartition(".")[0]


def _named(function: FunctionType, name: str) -> FunctionType:
    """A copy under another name, by which Python's errors on arguments call it: a Conv2d is not asked of its base."""
    copy = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    functools.update_wrapper(copy, function)
    del copy.__wrapped__
    copy.__kwdefaults__, copy.__qualname__ = function.__kwdefaults__, name
    return copy


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


class Module(Tree, Convert, StateDict, Hooks):
    """A part of a network: parameters, buffers, child modules, and a `forward` that says what it computes.

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(1, 16, 3)

            def forward(self, x):
                return F.relu(self.conv(x))

    What is assigned as an attribute is registered by its kind: a Parameter, a Buffer, a Module. Call the module and not
    its forward: the call runs the hooks, and errors of lamella's then begin with the layer's path.
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args or kwargs:
            given = f"{len(args)} positional" if args else f"unexpected keyword '{next(iter(kwargs))}'"
            raise TypeError(f"{type(self).__name__}.__init__() takes no further arguments, but {given} were given")
        state = self.__dict__
        state["training"] = True
        for slots in _SLOTS:
            state[slots] = Slots(self)
        state["_non_persistent_buffers_set"] = set()
        for hooks in _HOOK_DICTS:
            state[hooks] = OrderedDict()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if getattr(cls, "__module__", "").startswith(_LAYERS) and "__init__" not in vars(cls):
            cls.__init__ = _named(cls.__init__, f"{cls.__qualname__}.__init__")

    # Running

    def forward(self, *input: Any) -> Any:
        """What the module computes: to be overridden."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if (
                self._forward_hooks
                or self._forward_pre_hooks
                or self._backward_hooks
                or self._backward_pre_hooks
                or _global_forward_hooks
                or _global_forward_pre_hooks
                or _global_backward_hooks
                or _global_backward_pre_hooks
            ):
                return self._call_with_hooks(args, kwargs)
            return self.forward(*args, **kwargs)
        except LAMELLA_ERRORS as error:
            add_place(error, self)
            raise

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Accepted: every call runs compiled kernels already."""

    # Registration

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a parameter under a name; None: one that is not there. Raises KeyError, TypeError, ValueError."""
        self._check_name(name, "_parameters", "parameter")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To"
                f" express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        if param is not None:
            param = registered(_hooks._global_parameter_registration_hooks, self, name, param)
        self._slots("_parameters")[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that is state but no parameter. Not `persistent`: left out of the state_dict."""
        self._check_name(name, "_buffers", "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)"
            )
        self._slots("_buffers")[name] = registered(_hooks._global_buffer_registration_hooks, self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Adds a child under a name. Raises TypeError for what is no module, KeyError for a name that cannot be."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._check_name(name, "_modules", "module")
        self._slots("_modules")[name] = registered(_hooks._global_module_registration_hooks, self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    def _slots(self, name: str) -> Slots:
        """The dict of that name. A copy that was made behind the module's back gets slots of its own here."""
        slots = self.__dict__[name]
        if not (isinstance(slots, Slots) and slots.belong_to(self)):
            slots = self.__dict__[name] = Slots(self, slots)
        return slots

    def _check_name(self, name: str, slots: str, kind: str) -> None:
        if slots not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if name not in self.__dict__[slots] and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self._make_room(name, "_parameters", "parameters")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            self._make_room(name, "_modules", "module")
            self._slots("_modules")[name] = registered(_hooks._global_module_registration_hooks, self, name, value)
        elif isinstance(value, Buffer):
            self._make_room(name, "_buffers", "buffer")
            self.register_buffer(name, value, value.persistent)
        else:
            self._set_other(name, value)

    def _make_room(self, name: str, slots: str, kind: str) -> None:
        """Drops what else has the name: an attribute is one thing at a time."""
        if slots not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        for other in _SLOTS:
            if other != slots and name in self.__dict__[other]:
                del self._slots(other)[name]
        if name not in self.__dict__[slots]:
            self.__dict__.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def _set_other(self, name: str, value: Any) -> None:
        """Assigns what is neither parameter nor module: into a place that the name has already, or as an attribute."""
        state = self.__dict__
        if name in state.get("_parameters", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' (nn.Parameter or None expected);"
                    f" wrap it, nn.Parameter(…), or write its values: `with no_grad(): {name}.copy_(…)`"
                )
            self.register_parameter(name, None)
        elif name in state.get("_modules", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' (Module or None expected)"
                )
            self._slots("_modules")[name] = registered(_hooks._global_module_registration_hooks, self, name, None)
        elif name in state.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(f"cannot assign '{type(value).__name__}' as buffer '{name}' (Tensor or None expected)")
            self._slots("_buffers")[name] = registered(_hooks._global_buffer_registration_hooks, self, name, value)
        else:
            object.__setattr__(self, name, Slots(self, value) if name in _SLOTS else value)

    def __getattr__(self, name: str) -> Any:
        for slots in _SLOTS:  # what was put there behind the slots' back
            members = self.__dict__.get(slots, ())
            if name in members:
                return members[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        for slots in _SLOTS:
            if name in self.__dict__.get(slots, ()):
                del self._slots(slots)[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    # Copies and pickles see plain dicts, without the mirrored attributes

    def __getstate__(self) -> dict[str, Any]:
        mirrored = {name for slots in _SLOTS for name in self.__dict__[slots]}
        return {name: value for name, value in self.__dict__.items() if name not in mirrored}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for slots in _SLOTS:
            self.__dict__[slots] = Slots(self, state[slots])

    # Modes and gradients

    def train(self: T, mode: bool = True) -> T:
        """Sets `training` of the module and its descendants: what dropout and batch norm look at."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self: T) -> T:
        """The same as `train(False)`."""
        return self.train(False)

    def requires_grad_(self: T, requires_grad: bool = True) -> T:
        """Freezes (False) or frees all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the gradients of all parameters, or fills them with zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad.detach_().zero_()

    # Printing

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands in the parentheses when the module is printed: to be overridden."""
        return ""

    def __repr__(self) -> str:
        lines = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): {_indented(repr(child))}" for name, child in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({''.join(lines)})"
        return f"{self._get_name()}(\n  " + "\n  ".join([*lines, *children]) + "\n)"

    def __dir__(self) -> list[str]:
        names = {*dir(type(self)), *self.__dict__, *(name for slots in _SLOTS for name in self.__dict__[slots])}
        return sorted(name for name in names if not name[:1].isdigit())

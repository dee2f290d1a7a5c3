"""The base of all optimisers: groups of parameters, their state, and what is saved of both."""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

import lamella
from lamella._C import Tensor, _optim
from lamella.utils.hooks import RemovableHandle, add_hook

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook", "required"]

_global_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
_global_post_hooks: OrderedDict[int, Callable] = OrderedDict()
_HOOK_DICTS = (
    "_optimizer_step_pre_hooks",
    "_optimizer_step_post_hooks",
    "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks",
    "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()  # the default of an option that each group has to give


def register_optimizer_step_pre_hook(hook: Callable) -> RemovableHandle:
    """Runs hook(optimizer, args, kwargs) before every optimiser's step; it may return new (args, kwargs)."""
    return add_hook(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable) -> RemovableHandle:
    """Runs hook(optimizer, args, kwargs) after every optimiser's step."""
    return add_hook(_global_post_hooks, hook)


def _hooked(step: Callable) -> Callable:
    """`step` between its hooks. Once a step: where an overriding step calls its base's, the inner one runs bare."""

    @functools.wraps(step)
    def wrapper(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        before = [*_global_pre_hooks.values(), *self._optimizer_step_pre_hooks.values()]
        after = [*self._optimizer_step_post_hooks.values(), *_global_post_hooks.values()]
        if not (before or after) or self._in_step:
            return step(self, *args, **kwargs)
        self._in_step = True
        try:
            for hook in before:
                result = hook(self, args, kwargs)
                if result is None:
                    continue
                if not (isinstance(result, tuple) and len(result) == 2):
                    raise RuntimeError(
                        f"a step pre-hook must return None or a tuple of (new_args, new_kwargs), but {hook} gave "
                        f"{result}."
                    )
                args, kwargs = result
            out = step(self, *args, **kwargs)
            for hook in after:
                hook(self, args, kwargs)
            return out
        finally:
            self._in_step = False

    wrapper.hooked = True
    return wrapper


class Optimizer:
    """Base class for all optimisers.

    Args:
        params: an iterable of tensors, of (name, tensor) pairs as `named_parameters` gives them, or of dicts, each a
            group with its own options: `{"params": model.head.parameters(), "lr": 1e-3}`.
        defaults: the options of groups that do not give their own.

    Attributes:
        param_groups: a list of dicts that may be changed between steps (`group["lr"] *= 0.1`).
        state: what each parameter needs from step to step, by the tensor itself.

    A subclass has a `step(closure=None)`; hooks run around it.
    """

    _opt_called = False
    _in_step = False
    _warned_no_gradients = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        step = cls.__dict__.get("step")
        if step is not None and not getattr(step, "hooked", False):
            cls.step = _hooked(step)

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if defaults.get("differentiable"):
            raise NotImplementedError(
                f"{type(self).__name__}: differentiable=True is not supported: steps are not recorded by autograd; "
                "write the update with tensor operations where its gradient is needed"
            )
        for name in _HOOK_DICTS:
            setattr(self, name, OrderedDict())
        self.defaults = defaults
        self.state: defaultdict[Tensor, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got one "
                f"{type(params).__name__} of shape {list(params.shape)}; put it into a list: [tensor]"
            )
        groups = list(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list (a generator such as model.parameters() can be read only once)"
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in _HOOK_DICTS:
            self.__dict__.setdefault(name, OrderedDict())
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join(lines) + "\n)"

    # Groups.

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group: a dict with "params" and the options that differ from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params, names = _as_parameters(param_group["params"])
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for i, param in enumerate(params):
            if not isinstance(param, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(param).__module__}.{type(param).__qualname__}"
                )
            if not (param.is_leaf or param.retains_grad):
                raise ValueError(
                    f"can't optimize a non-leaf Tensor (parameter {i} of shape {list(param.shape)} is the result of an "
                    "operation; detach() it, or give the tensor that it was made from)"
                )
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        self._check_against_others(param_group)
        self.param_groups.append(param_group)

    def _check_against_others(self, param_group: dict[str, Any]) -> None:
        params = set(param_group["params"])
        if len(params) != len(param_group["params"]):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters, which are stepped once for each time "
                "that they appear; in future, this will cause an error",
                stacklevel=4,
            )
        named = "param_names" in param_group
        for index, group in enumerate(self.param_groups):
            if named != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if named else 'without'} names to the optimizer"
                )
            if not params.isdisjoint(group["params"]):
                place = next(i for i, p in enumerate(param_group["params"]) if p in set(group["params"]))
                name = f" ({param_group['param_names'][place]})" if named else ""
                raise ValueError(
                    f"some parameters appear in more than one parameter group: parameter {place}{name} is in group "
                    f"{index} already"
                )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the gradients, or with set_to_none=False fills them with zeros."""
        for group in self.param_groups:
            _optim.zero_grad(group["params"], set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates the parameters. Args: closure, which computes the loss anew; its result is returned."""
        raise NotImplementedError

    def _loss_of(self, closure: Callable[[], Any] | None) -> Any:
        if closure is None:
            return None
        with lamella.enable_grad():
            return closure()

    def _groups_with_gradients(self) -> list[tuple[dict[str, Any], list[Tensor]]]:
        """Each group with those of its parameters that have a gradient; warns, once, where there is none at all."""
        groups = [(group, _optim.with_gradient(group["params"])) for group in self.param_groups]
        if not self._warned_no_gradients and not any(params for _, params in groups):
            self._warned_no_gradients = True
            warnings.warn(
                f"{type(self).__name__}.step() changed nothing: no parameter has a gradient. Was loss.backward() "
                "called, are the parameters those of the model that made the loss, and do they require grad?",
                stacklevel=4,
            )
        return groups

    # Saving and loading.

    def state_dict(self) -> dict[str, Any]:
        """{"state": by the parameter's number through all groups, "param_groups": options and those numbers}, as in
        PyTorch: checkpoints can be exchanged. The tensors are shared, not copied."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        start = 0
        for group in self.param_groups:
            for i, param in enumerate(group["params"], start):
                numbers.setdefault(id(param), i)
            start += len(group["params"])
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [numbers[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {numbers[id(key)] if isinstance(key, Tensor) else key: value for key, value in self.state.items()}
        state_dict: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            result = hook(self, state_dict)
            state_dict = state_dict if result is None else result
        return state_dict

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave: options and state, cast to the parameters' dtypes.

        Make schedulers before: making one sets the learning rate. Raises ValueError for other groups or sizes.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            result = hook(self, state_dict)
            state_dict = state_dict if result is None else result
        saved_groups = deepcopy(state_dict["param_groups"])
        _check_sizes(self.param_groups, saved_groups)
        by_number = dict(
            zip(
                chain.from_iterable(group["params"] for group in saved_groups),
                chain.from_iterable(group["params"] for group in self.param_groups),
            )
        )
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in by_number:
                state[by_number[key]] = _cast(by_number[key], value)
            else:
                state[key] = value
        for group, saved in zip(self.param_groups, saved_groups):
            saved["params"] = group["params"]
            if "param_names" in group:
                saved.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved_groups})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    # Hooks.

    def register_step_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Runs hook(optimizer, args, kwargs) before each step; it may return new (args, kwargs)."""
        return add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable) -> RemovableHandle:
        """Runs hook(optimizer, args, kwargs) after each step."""
        return add_hook(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Runs hook(optimizer) before `state_dict`."""
        return add_hook(self._optimizer_state_dict_pre_hooks, hook, prepend=prepend)

    def register_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Runs hook(optimizer, state_dict) on the result of `state_dict`; it may return another."""
        return add_hook(self._optimizer_state_dict_post_hooks, hook, prepend=prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Runs hook(optimizer, state_dict) before loading; it may return another state dict to load."""
        return add_hook(self._optimizer_load_state_dict_pre_hooks, hook, prepend=prepend)

    def register_load_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Runs hook(optimizer) after loading."""
        return add_hook(self._optimizer_load_state_dict_post_hooks, hook, prepend=prepend)


def _as_parameters(params: Any) -> tuple[list[Tensor], list[str]]:
    """The tensors of a group's "params", and their names if they came in pairs."""
    if isinstance(params, Tensor):
        return [params], []
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead."
        )
    given = list(params)
    names = [item[0] for item in given if isinstance(item, tuple)]
    if names and len(names) != len(given):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return [item[1] if isinstance(item, tuple) else item for item in given], names


def _check_sizes(groups: list[dict[str, Any]], saved: list[dict[str, Any]]) -> None:
    if len(groups) != len(saved):
        raise ValueError(
            f"loaded state dict has a different number of parameter groups: {len(saved)}, this optimizer {len(groups)}"
        )
    for i, (ours, theirs) in enumerate(zip(groups, saved)):
        if len(ours["params"]) != len(theirs["params"]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: group "
                f"{i} has {len(theirs['params'])} parameters in the state dict, {len(ours['params'])} in the optimizer"
            )


def _cast(param: Tensor, value: Any, key: Any = None) -> Any:
    """A copy of a parameter's state whose tensors have the parameter's dtype; "step" keeps its own."""
    if isinstance(value, Tensor):
        return value if key == "step" or not param.is_floating_point() else value.to(dtype=param.dtype)
    if isinstance(value, dict):
        return {k: _cast(param, v, k) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return type(value)(_cast(param, v) for v in value)
    return value

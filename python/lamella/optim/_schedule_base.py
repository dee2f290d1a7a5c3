"""What all schedules share: the base rates, the count of steps, and how a rate gets into the optimiser."""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lamella._C import Tensor
from lamella.optim.optimizer import Optimizer

_ORDER_HELP = "See https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
_EPOCH_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available."
)


def values_of(optimizer: Optimizer, key: str) -> list[Any]:
    """An option of every group; tensors are copied, so that nobody changes a group by accident."""
    return [group[key].clone() if isinstance(group[key], Tensor) else group[key] for group in optimizer.param_groups]


def assign(group: dict[str, Any], key: str, value: Any) -> None:
    """Sets an option of a group; a tensor keeps its identity and takes the value."""
    if isinstance(group[key], Tensor):
        group[key].fill_(value.item() if isinstance(value, Tensor) else value)
    else:
        group[key] = value


def one_a_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """`value` for every group, or its own of each. Raises ValueError for another number of values."""
    groups = len(optimizer.param_groups)
    if isinstance(value, (list, tuple)):
        if len(value) != groups:
            raise ValueError(
                f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
                f"param_groups has {groups}."
            )
        values = list(value)
    else:
        values = [value] * groups
    return [v.clone() if isinstance(v, Tensor) else v for v in values]


def check_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def warn_epoch() -> None:
    warnings.warn(_EPOCH_WARNING, UserWarning, stacklevel=3)


class LRScheduler:
    """Base of all schedules. A subclass has `get_lr`, which computes the rates of `last_epoch`, mostly from those that
    the groups have, so that schedules chain and a rate set by hand is kept.

    Args:
        optimizer: its groups' "lr" are changed. The first rate is set at once; make schedules before a checkpoint is
            loaded into the optimiser.
        last_epoch: -1 to start, or where a resumed schedule stood: then the groups must have an "initial_lr".

    Attributes: last_epoch; base_lrs, the groups' "initial_lr".
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                lr = group["lr"]
                group.setdefault("initial_lr", lr.clone() if isinstance(lr, Tensor) else lr)
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    f"last_epoch={last_epoch}: load the optimizer's checkpoint first, or leave last_epoch at -1"
                )
        self.base_lrs: list[Any] = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        if not hasattr(optimizer, "_is_scheduled"):
            optimizer._is_scheduled = True
            optimizer._opt_called = False  # whether the optimiser stepped since
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimiser."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rates that the last step set, one a group."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates of `last_epoch`, one a group. For the rates that were set last, see get_last_lr."""
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Sets the next rates: after the optimiser's step or the epoch. `epoch` is deprecated."""
        if self._step_count == 1:
            self._warn_about_order()
        self._step_count += 1
        if epoch is not None:
            warn_epoch()
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._within_step():
            if epoch is None:
                self.last_epoch += 1
                values = self.get_lr()
            else:
                self.last_epoch = epoch
                values = (getattr(self, "_get_closed_form_lr", None) or self.get_lr)()
        self._assign_lrs(values)

    def _assign_lrs(self, values: list[Any]) -> None:
        groups = self.optimizer.param_groups
        if len(values) != len(groups):
            raise ValueError(
                f"{type(self).__name__} was made for {len(values)} parameter groups, the optimizer has {len(groups)}: "
                "add groups before the scheduler is made"
            )
        for group, lr in zip(groups, values):
            assign(group, "lr", lr)
        self._last_lr = values_of(self.optimizer, "lr")

    @contextmanager
    def _within_step(self) -> Iterator[None]:
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _warn_about_order(self) -> None:
        if getattr(self.optimizer, "_opt_called", False):
            return
        if not getattr(self.optimizer.step, "hooked", False):
            text = (
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                "Please, make sure to call `optimizer.step()` before `lr_scheduler.step()`. "
            )
        else:
            text = (
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. You should call them in the "
                "opposite order: `optimizer.step()` before `lr_scheduler.step()`. Failure to do this will result in "
                "skipping the first value of the learning rate schedule. "
            )
        warnings.warn(text + _ORDER_HELP, UserWarning, stacklevel=3)

    def _warn_get_lr(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def _current(self) -> list[Any]:
        return values_of(self.optimizer, "lr")

    def _scaled(self, factor: float) -> list[Any]:
        return [group["lr"] * factor for group in self.optimizer.param_groups]


def functions_of(optimizer: Optimizer, lr_lambda: Any) -> list[Callable[[int], float]]:
    """One function for all groups or one a group. Raises ValueError for another number, TypeError for no function."""
    groups = len(optimizer.param_groups)
    if not isinstance(lr_lambda, (list, tuple)):
        functions = [lr_lambda] * groups
    elif len(lr_lambda) != groups:
        raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
    else:
        functions = list(lr_lambda)
    for function in functions:
        if not callable(function):
            raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
    return functions


class FunctionSchedule(LRScheduler):
    """What schedules by the user's functions share: of callable objects the attributes are saved, functions are not."""

    lr_lambdas: list[Callable[[int], float]]

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.lr_lambdas = functions_of(optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimiser and functions; of callable objects, their attributes."""
        state = super().state_dict()
        state["lr_lambdas"] = [saved_function(function) for function in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"]):
            if attributes is not None:
                function.__dict__.update(attributes)


def saved_function(function: Any) -> dict[str, Any] | None:
    """A callable object's attributes; None for a plain function."""
    return None if function is None or isinstance(function, types.FunctionType) else function.__dict__.copy()

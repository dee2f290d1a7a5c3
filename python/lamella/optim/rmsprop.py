"""RMSprop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import lamella
from lamella._C import Tensor, _optim
from lamella.optim._options import check_lr, check_not_negative, step_count, steps_to_tensors
from lamella.optim.optimizer import Optimizer

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """RMSprop (Hinton 2012, lecture 6e).

        v = alpha v + (1 - alpha) g^2;  d = g / (sqrt(v) + eps);  p -= lr d   (momentum: b = momentum b + d, p -= lr b)

    Args: params; lr; alpha; eps; weight_decay, added to the gradient; momentum; centered, the variance of g in place of
        v (Graves 2013); maximize. foreach and capturable are accepted: a group is always one fused step.

    Raises ValueError for negative numbers.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(eps, "epsilon value")
        check_not_negative(momentum, "momentum value")
        check_not_negative(weight_decay, "weight_decay value")
        check_not_negative(alpha, "alpha value")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("momentum", 0)
            group.setdefault("centered", False)
            group.setdefault("foreach", None)
            group.setdefault("maximize", False)
            group.setdefault("differentiable", False)
            group.setdefault("capturable", False)
        steps_to_tensors(self)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient. Returns the closure's loss."""
        loss = self._loss_of(closure)
        for group, params in self._groups_with_gradients():
            momentum, centered = float(group["momentum"]), bool(group["centered"])
            states = [self._state_of(p, momentum > 0, centered) for p in params]
            _optim.rmsprop_step(
                params,
                [state["square_avg"] for state in states],
                [state["grad_avg"] for state in states] if centered else [],
                [state["momentum_buffer"] for state in states] if momentum > 0 else [],
                [state["step"] for state in states],
                float(group["lr"]),
                float(group["alpha"]),
                float(group["eps"]),
                float(group["weight_decay"]),
                momentum,
                bool(group["maximize"]),
            )
        return loss

    def _state_of(self, param: Tensor, momentum: bool, centered: bool) -> dict[str, Any]:
        state = self.state[param]
        if not state:
            state["step"] = step_count()
            state["square_avg"] = lamella.zeros_like(param)
        if momentum and "momentum_buffer" not in state:
            state["momentum_buffer"] = lamella.zeros_like(param)
        if centered and "grad_avg" not in state:
            state["grad_avg"] = lamella.zeros_like(param)
        return state

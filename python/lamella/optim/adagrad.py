"""Adagrad."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import lamella
from lamella._C import Tensor
from lamella.optim._options import (
    check_implementation,
    check_lr,
    check_not_negative,
    step_count,
    steps_to_tensors,
)
from lamella.optim.optimizer import Optimizer

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer 2011).

        s += g^2;  p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

    Args: params; lr; lr_decay; weight_decay, added to the gradient; initial_accumulator_value, the first s; eps;
        maximize. foreach and fused are accepted. Written with tensor operations, one after the other.

    Raises ValueError for negative numbers.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative(lr_decay, "lr_decay value")
        check_not_negative(weight_decay, "weight_decay value")
        check_not_negative(initial_accumulator_value, "initial_accumulator_value value")
        check_not_negative(eps, "epsilon value")
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        check_implementation(defaults)
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                self._start(p, group)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)
            group.setdefault("maximize", False)
            group.setdefault("differentiable", False)
            group.setdefault("fused", None)
        steps_to_tensors(self)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient. Returns the closure's loss."""
        loss = self._loss_of(closure)
        with lamella.no_grad():
            for group, params in self._groups_with_gradients():
                for p in params:
                    if not self.state[p]:  # a group that joined later
                        self._start(p, group)
                    self._step_one(p, self.state[p], group)
        return loss

    def _start(self, p: Tensor, group: dict[str, Any]) -> None:
        self.state[p]["step"] = step_count()
        self.state[p]["sum"] = lamella.full_like(p, group["initial_accumulator_value"])

    @staticmethod
    def _step_one(p: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"] += 1
        gradient = -p.grad if group["maximize"] else p.grad
        if group["weight_decay"] != 0:
            gradient = gradient.add(p, alpha=group["weight_decay"])
        rate = float(group["lr"]) / (1 + (state["step"].item() - 1) * group["lr_decay"])
        state["sum"].addcmul_(gradient, gradient, value=1)
        p.addcdiv_(gradient, state["sum"].sqrt().add_(group["eps"]), value=-rate)

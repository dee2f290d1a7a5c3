"""Adagrad."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import lamella
from lamella._C import Tensor
from lamella.optim._composed import ComposedOptimizer
from lamella.optim._options import check_implementation, check_lr, check_not_negative, step_count

__all__ = ["Adagrad"]


class Adagrad(ComposedOptimizer):
    """Adagrad (Duchi, Hazan and Singer 2011).

        s += g^2;  p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

    Args: params; lr; lr_decay; weight_decay, added to the gradient; initial_accumulator_value, the first s; eps;
        maximize. foreach and fused are accepted.

    Raises ValueError for negative numbers.
    """

    _old_defaults = {"fused": None}

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
                self.state[p].update(self._start(p, group))

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": step_count(), "sum": lamella.full_like(p, group["initial_accumulator_value"])}

    def _step_one(self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        if group["weight_decay"] != 0:
            gradient = gradient.add(p, alpha=group["weight_decay"])
        rate = float(group["lr"]) / (1 + (state["step"].item() - 1) * group["lr_decay"])
        state["sum"].addcmul_(gradient, gradient, value=1)
        p.addcdiv_(gradient, state["sum"].sqrt().add_(group["eps"]), value=-rate)

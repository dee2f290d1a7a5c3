"""Adamax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import lamella
from lamella._C import Tensor
from lamella.optim._composed import ComposedOptimizer
from lamella.optim._options import check_betas, check_lr, check_not_negative, step_count

__all__ = ["Adamax"]


class Adamax(ComposedOptimizer):
    """Adam by the infinity norm (Kingma and Ba 2015, algorithm 2).

        m += (1 - beta1) (g - m);  u = max(beta2 u, |g| + eps);  p -= lr / (1 - beta1^t) m / u

    Args: params; lr; betas; eps; weight_decay, added to the gradient; maximize. foreach and capturable are accepted.

    Raises ValueError for negative numbers and betas beyond [0, 1).
    """

    _old_defaults = {"capturable": False}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(eps, "epsilon value")
        check_betas(betas)
        check_not_negative(weight_decay, "weight_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": step_count(), "exp_avg": lamella.zeros_like(p), "exp_inf": lamella.zeros_like(p)}

    def _step_one(self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        if group["weight_decay"] != 0:
            gradient = gradient.add(p, alpha=group["weight_decay"])
        mean, largest = state["exp_avg"], state["exp_inf"]
        mean.lerp_(gradient, 1 - beta1)
        largest.copy_(lamella.maximum(largest.mul(beta2), gradient.abs().add_(group["eps"])))
        p.addcdiv_(mean, largest, value=-float(group["lr"]) / (1 - beta1 ** state["step"].item()))

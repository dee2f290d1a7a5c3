"""NAdam."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import lamella
from lamella._C import Tensor
from lamella.optim._composed import ComposedOptimizer
from lamella.optim._options import check_betas, check_lr, check_not_negative, step_count

__all__ = ["NAdam"]


class NAdam(ComposedOptimizer):
    """Adam with Nesterov's momentum (Dozat 2016).

        mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2);  m, v as Adam's
        d = (1 - mu_t) g / (1 - mu_1 ... mu_t) + mu_t+1 m / (1 - mu_1 ... mu_t+1)
        p -= lr d / (sqrt(v / (1 - beta2^t)) + eps)

    Args: params; lr; betas; eps; weight_decay, added to the gradient, or with decoupled_weight_decay taken from the
        parameter as AdamW does; momentum_decay; maximize. foreach and capturable are accepted.

    Raises ValueError for negative numbers and betas beyond [0, 1).
    """

    _old_defaults = {"capturable": False, "decoupled_weight_decay": False}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(eps, "epsilon value")
        check_betas(betas)
        check_not_negative(weight_decay, "weight_decay value")
        check_not_negative(momentum_decay, "momentum_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": step_count(),
            "mu_product": step_count(1),
            "exp_avg": lamella.zeros_like(p),
            "exp_avg_sq": lamella.zeros_like(p),
        }

    def _step_one(self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, (beta1, beta2), decay = float(group["lr"]), group["betas"], group["weight_decay"]
        t = state["step"].item()
        if decay != 0 and group["decoupled_weight_decay"]:
            p.mul_(1 - lr * decay)
        elif decay != 0:
            gradient = gradient.add(p, alpha=decay)
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean.lerp_(gradient, 1 - beta1)
        square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (step * group["momentum_decay"])) for step in (t, t + 1))
        state["mu_product"] *= mu
        product = state["mu_product"].item()
        scale = square.div(1 - beta2**t).sqrt_().add_(group["eps"])
        p.addcdiv_(gradient, scale, value=-lr * (1.0 - mu) / (1.0 - product))
        p.addcdiv_(mean, scale, value=-lr * mu_next / (1.0 - product * mu_next))

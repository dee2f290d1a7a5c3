"""Optimisers that are written with tensor operations, one parameter after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lamella
from lamella._C import Tensor
from lamella.optim._options import steps_to_tensors
from lamella.optim.optimizer import Optimizer


class ComposedOptimizer(Optimizer):
    """A subclass says how a parameter's state starts, and what one step of one parameter is."""

    _old_defaults: dict[str, Any] = {}  # options that old checkpoints do not have

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in {
                "foreach": None,
                "maximize": False,
                "differentiable": False,
                **self._old_defaults,
            }.items():
                group.setdefault(name, value)
        steps_to_tensors(self)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient. Returns the closure's loss."""
        loss = self._loss_of(closure)
        with lamella.no_grad():
            for group, params in self._groups_with_gradients():
                for p in params:
                    if not self.state[p]:
                        self.state[p].update(self._start(p, group))
                    self.state[p]["step"] += 1
                    self._step_one(p, -p.grad if group["maximize"] else p.grad, self.state[p], group)
        return loss

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _step_one(self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        raise NotImplementedError

"""What the optimisers have in common about their options."""

from __future__ import annotations

from typing import Any

import lamella
from lamella._C import Tensor


def check_lr(lr: Any) -> None:
    """Raises ValueError unless it is a number, or a tensor of one, that is not negative."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, got one of shape {list(lr.shape)}")
    check_not_negative(lr, "learning rate")


def check_not_negative(value: Any, name: str) -> None:
    """Raises ValueError for a negative number and for NaN."""
    if not value >= 0.0:
        raise ValueError(f"Invalid {name}: {value}")


def check_betas(betas: Any) -> None:
    """Raises ValueError unless both are in [0, 1)."""
    for index, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")


def check_implementation(options: dict[str, Any]) -> None:
    """foreach, fused and capturable choose nothing here, but contradict each other as in PyTorch."""
    if options.get("fused") and options.get("foreach"):
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def step_count(steps: float = 0.0) -> Tensor:
    """How often a parameter was stepped, as PyTorch keeps it: a 0-d floating-point tensor."""
    double = lamella.get_default_dtype() is lamella.float64
    return lamella.full((), float(steps), dtype=lamella.float64 if double else lamella.float32)


def steps_to_tensors(optimizer: Any) -> None:
    """Old checkpoints keep "step" as a number."""
    for group in optimizer.param_groups:
        for param in group["params"]:
            state = optimizer.state.get(param)
            if state and "step" in state and not isinstance(state["step"], Tensor):
                state["step"] = step_count(state["step"])

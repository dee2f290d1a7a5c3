"""Schedules of the learning rate, with PyTorch's rates to rounding.

scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    train(...)
    scheduler.step()
"""

from lamella.optim._combined import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from lamella.optim._cycles import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from lamella.optim._schedule_base import LRScheduler
from lamella.optim._schedules import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


class _LRScheduler(LRScheduler):
    """The base's name in old scripts."""

"""Optimisers and learning-rate schedules, with PyTorch's defaults, state and trajectories.

optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
"""

from lamella.optim import lr_scheduler
from lamella.optim.adadelta import Adadelta
from lamella.optim.adagrad import Adagrad
from lamella.optim.adam import Adam, AdamW
from lamella.optim.adamax import Adamax
from lamella.optim.nadam import NAdam
from lamella.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from lamella.optim.rmsprop import RMSprop
from lamella.optim.sgd import SGD

__all__ = [
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RMSprop",
    "SGD",
    "lr_scheduler",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
]

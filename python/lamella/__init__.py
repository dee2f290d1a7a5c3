"""lamella: convolutional networks with PyTorch's semantics, in a few megabytes.

    import lamella as torch
    import lamella.nn as nn
    import lamella.nn.functional as F
    from lamella.utils.data import DataLoader

Values, gradients, shapes, dtypes, defaults and random streams are PyTorch's; docs/differences.md lists what is not.
"""

import builtins as _builtins
import math as _math

from lamella import _C
from lamella._C import *  # noqa: F403  (the operators, factories, dtypes, Tensor, Size, device, Generator)
from lamella._functions import *  # noqa: F403  (functions that are made of others)
from lamella._namespace import *  # noqa: F403  (what is plain Python: promotion, comparison, compatibility)
from lamella._tensor import Tensor, is_tensor, legacy_types
from lamella import _methods  # noqa: F401  (gives Tensor its methods of them)
from lamella.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

globals().update(legacy_types())

inf, nan, pi, e = _math.inf, _math.nan, _math.pi, _math.e
newaxis = None

from lamella import amp, autograd, backends, cuda, nn, optim, random, testing, utils  # noqa: E402
from lamella.amp import autocast  # noqa: E402
from lamella.random import fork_rng  # noqa: E402
from lamella.serialization import load, save  # noqa: E402

__version__ = _C.__version__


def __getattr__(name: str):
    raise AttributeError(f"module 'lamella' has no attribute '{name}': docs/differences.md lists what PyTorch has and lamella has not")

"""lamella: convolutional networks with PyTorch's semantics.

    import lamella as torch
    import lamella.nn as nn
    import lamella.nn.functional as F
"""

from lamella._C import *  # noqa: F403

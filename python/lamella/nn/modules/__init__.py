"""The layers, one family a file."""

from lamella.nn.modules.activation import *  # noqa: F403
from lamella.nn.modules.batchnorm import *  # noqa: F403
from lamella.nn.modules.container import *  # noqa: F403
from lamella.nn.modules.conv import *  # noqa: F403
from lamella.nn.modules.distance import *  # noqa: F403
from lamella.nn.modules.dropout import *  # noqa: F403
from lamella.nn.modules.flatten import *  # noqa: F403
from lamella.nn.modules.fold import *  # noqa: F403
from lamella.nn.modules.instancenorm import *  # noqa: F403
from lamella.nn.modules.lazy import *  # noqa: F403
from lamella.nn.modules.linear import *  # noqa: F403
from lamella.nn.modules.loss import *  # noqa: F403
from lamella.nn.modules.normalization import *  # noqa: F403
from lamella.nn.modules.padding import *  # noqa: F403
from lamella.nn.modules.pixelshuffle import *  # noqa: F403
from lamella.nn.modules.pooling import *  # noqa: F403
from lamella.nn.modules.sparse import *  # noqa: F403
from lamella.nn.modules.upsampling import *  # noqa: F403
from lamella.nn.modules.module import Module

__all__ = [name for name, value in globals().items() if isinstance(value, type)]  # the layers, not the files

"""Neural networks: layers, functions, initialisers, as torch.nn has them."""

from lamella.nn import functional, init, modules, parallel, parameter, utils
from lamella.nn.modules import *  # noqa: F403
from lamella.nn.parallel import DataParallel
from lamella.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

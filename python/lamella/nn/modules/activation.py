"""Activations as layers: the shape stays. Formulas stand with the functions of lamella.nn.functional.

`inplace`: the input itself is overwritten and returned.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import lamella
from lamella._C import BadValue, Tensor
from lamella.nn import functional as F
from lamella.nn import init
from lamella.nn._arguments import one_of, shown, whole
from lamella.nn.modules.module import Module
from lamella.nn.parameter import Parameter

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "LeakyReLU", "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU",
    "ReLU6", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "SiLU", "Sigmoid", "Softmax", "Softmax2d", "Softmin",
    "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
]  # fmt: skip


class _Plain(Module):
    """A function without arguments."""

    _function: Callable[..., Tensor]

    def forward(self, input: Tensor) -> Tensor:
        return self._function(input)


class Sigmoid(_Plain):
    """1 / (1 + exp(-x))"""

    _function = staticmethod(F.sigmoid)


class Tanh(_Plain):
    """tanh(x)"""

    _function = staticmethod(F.tanh)


class LogSigmoid(_Plain):
    """log(1 / (1 + exp(-x)))"""

    _function = staticmethod(F.logsigmoid)


class Softsign(_Plain):
    """x / (1 + |x|)"""

    _function = staticmethod(F.softsign)


class Tanhshrink(_Plain):
    """x - tanh(x)"""

    _function = staticmethod(F.tanhshrink)


class _Inplace(Module):
    """A function whose only argument is `inplace`."""

    _function: Callable[..., Tensor]

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return self._function(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(_Inplace):
    """max(x, 0)"""

    _function = staticmethod(F.relu)


class SiLU(_Inplace):
    """x sigmoid(x)"""

    _function = staticmethod(F.silu)


class Mish(_Inplace):
    """x tanh(softplus(x))"""

    _function = staticmethod(F.mish)


class SELU(_Inplace):
    """scale (max(x, 0) + min(alpha (exp(x) - 1), 0)), with the constants of self-normalising networks"""

    _function = staticmethod(F.selu)


class Hardswish(_Inplace):
    """x min(max(x + 3, 0), 6) / 6"""

    _function = staticmethod(F.hardswish)

    def extra_repr(self) -> str:
        return ""


class Hardsigmoid(_Inplace):
    """min(max(x + 3, 0), 6) / 6"""

    _function = staticmethod(F.hardsigmoid)

    def extra_repr(self) -> str:
        return ""


class LeakyReLU(Module):
    """x where x > 0, negative_slope x elsewhere"""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return shown(self, "negative_slope", inplace=False)


class ELU(Module):
    """x where x > 0, alpha (exp(x) - 1) elsewhere"""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return shown(self, "alpha", inplace=False)


class CELU(ELU):
    """max(x, 0) + min(alpha (exp(x / alpha) - 1), 0)"""

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


class GELU(Module):
    """x Φ(x), exactly or by tanh's approximation. Raises ValueError unless `approximate` is "none" or "tanh"."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = one_of(self, "approximate", approximate, ("none", "tanh"))

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Hardtanh(Module):
    """min(max(x, min_val), max_val)"""

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        for old, value in (("min_value", min_value), ("max_value", max_value)):
            if value is not None:
                warnings.warn(f"keyword argument `{old}` is deprecated", FutureWarning, stacklevel=2)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if not self.max_val > self.min_val:
            raise BadValue(f"Hardtanh: max_val must be greater than min_val, got {self.min_val} and {self.max_val}")

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return shown(self, "min_val", "max_val", inplace=False)


class ReLU6(Hardtanh):
    """min(max(x, 0), 6)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        return F.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Threshold(Module):
    """x where x > threshold, value elsewhere"""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return shown(self, "threshold", "value", inplace=False)


class RReLU(Module):
    """A leaky ReLU whose slopes are drawn from [lower, upper] in training and are their mean in evaluation."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return shown(self, "lower", "upper", inplace=False)


class Softplus(Module):
    """log(1 + exp(beta x)) / beta; x itself where beta x > threshold"""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return shown(self, "beta", "threshold")


class _Shrink(Module):
    _function: Callable[..., Tensor]

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return self._function(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Hardshrink(_Shrink):
    """x where |x| > lambd, 0 elsewhere"""

    _function = staticmethod(F.hardshrink)


class Softshrink(_Shrink):
    """x moved towards 0 by lambd, at most to 0"""

    _function = staticmethod(F.softshrink)


class _AlongAxis(Module):
    """A function along the axis `dim`."""

    _function: Callable[..., Tensor]

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return self._function(input, self.dim)

    def extra_repr(self) -> str:
        return shown(self, "dim")


class Softmax(_AlongAxis):
    """exp(x) / sum of exp(x)"""

    _function = staticmethod(F.softmax)


class LogSoftmax(_AlongAxis):
    """log of the softmax"""

    _function = staticmethod(F.log_softmax)


class Softmin(_AlongAxis):
    """softmax of -x"""

    _function = staticmethod(F.softmin)


class Softmax2d(Module):
    """Softmax over the channels of (N, C, H, W) or (C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise BadValue(f"Softmax2d: expected input to be 3D or 4D, got shape {tuple(input.shape)}")
        return F.softmax(input, -3)


class GLU(Module):
    """a sigmoid(b) of the two halves a and b along the axis `dim`"""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return shown(self, "dim")


class PReLU(Module):
    """x where x > 0, weight x elsewhere, with one weight or one a channel (axis 1), which start at `init`."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = whole(self, "num_parameters", num_parameters, 0)
        self.init = init
        self.weight = Parameter(lamella.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """All weights to `init`."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return shown(self, "num_parameters")

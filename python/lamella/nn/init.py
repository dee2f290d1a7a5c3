"""Initialisers: they write into a tensor, outside autograd, with PyTorch's own draws, and return it."""

from __future__ import annotations

import functools
import math
import warnings
from typing import Any

import lamella
from lamella._C import BadValue, Tensor

__all__ = [
    "calculate_gain", "uniform_", "normal_", "trunc_normal_", "constant_", "ones_", "zeros_", "eye_", "dirac_",
    "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_",
]  # fmt: skip

_GAINS = {"sigmoid": 1.0, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4, "linear": 1.0}
_GAINS |= {f"conv{transpose}{rank}d": 1.0 for transpose in ("", "_transpose") for rank in (1, 2, 3)}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The recommended gain before a nonlinearity; `param` is leaky_relu's slope. Raises ValueError for another."""
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool) or not (param is None or isinstance(param, (int, float))):
            raise BadValue(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise BadValue(f"Unsupported nonlinearity {nonlinearity}: known are leaky_relu, {', '.join(_GAINS)}")
    return _GAINS[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Inputs and outputs of one unit: the second and the first extent, times the kernel's numbers."""
    if tensor.ndim < 2:
        raise BadValue(
            f"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got {tuple(tensor.shape)}"
        )
    outputs, inputs, *kernel = tensor.shape
    return inputs * math.prod(kernel), outputs * math.prod(kernel)


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    modes = ("fan_in", "fan_out")
    if mode.lower() not in modes:
        raise BadValue(f"Mode {mode} not supported, please use one of {list(modes)}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in [a, b)."""
    with lamella.no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal of a mean and a deviation."""
    with lamella.no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Normal numbers under the condition that they are in [a, b], by rejection.

    Where most normal numbers fit they are redrawn until they do; elsewhere uniform ones are accepted by their density.
    """

    def cdf(x: float) -> float:
        return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0

    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_: the distribution may be incorrect.",
            stacklevel=2,
        )
    with lamella.no_grad():
        if cdf((b - mean) / std) - cdf((a - mean) / std) > 0.3:
            return _redraw_normal(tensor, mean, std, a, b, generator)
        return _reject_uniform(tensor, mean, std, a, b, generator)


def _redraw_normal(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Tensor:
    low, high = (lamella.tensor(bound, dtype=tensor.dtype).item() for bound in (a, b))
    result = tensor.normal_(mean, std, generator=generator)
    while (outside := (result < low) | (result > high)).any():
        again = lamella.empty_like(result).normal_(mean, std, generator=generator)
        result = lamella.where(outside, again, result)
    return tensor if result is tensor else tensor.copy_(result)


def _reject_uniform(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Tensor:
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2  # log of the largest density in [a, b]

    def rejected(candidates: Tensor) -> Tensor:
        density = ((candidates - mean) / std).pow(2) * -0.5 - peak
        return lamella.empty_like(candidates).uniform_(generator=generator).log() > density

    result = tensor.uniform_(a, b, generator=generator)
    pending = rejected(result)
    while pending.any():
        candidates = lamella.empty_like(tensor).uniform_(a, b, generator=generator)
        result = lamella.where(pending, candidates, result)
        pending = pending & rejected(candidates)
    return tensor if result is tensor else tensor.copy_(result)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere."""
    with lamella.no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    with lamella.no_grad():
        return tensor.zero_()


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix. Raises ValueError unless there are two axes."""
    if tensor.ndim != 2:
        raise BadValue(f"Only tensors with 2 dimensions are supported, got {tuple(tensor.shape)}")
    with lamella.no_grad():
        return tensor.copy_(lamella.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight that hands channels through: 1 at the kernel's centre. Raises ValueError."""
    if tensor.ndim not in (3, 4, 5):
        raise BadValue(f"Only tensors with 3, 4, or 5 dimensions are supported, got {tuple(tensor.shape)}")
    outputs, inputs, *kernel = tensor.shape
    if outputs % groups != 0:
        raise BadValue(f"dim 0 must be divisible by groups, got {outputs} and {groups}")
    centre = tuple(extent // 2 for extent in kernel)
    with lamella.no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(outputs // groups, inputs)):
                tensor[(group * (outputs // groups) + channel, channel, *centre)] = 1
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in ±gain sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    std = gain * math.sqrt(2.0 / float(fan_in + fan_out))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal of deviation gain sqrt(2 / (fan_in + fan_out))."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(fan_in + fan_out)), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    """None, with a warning, for a tensor without elements."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Uniform in ±gain sqrt(3 / fan); `a` is the slope of the leaky ReLU that follows. He et al. 2015."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Normal of deviation gain / sqrt(fan)."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Orthonormal rows or columns, whichever are fewer, times `gain`; axes behind the first count as one.

    The Q of the QR decomposition of a normal matrix whose R has a positive diagonal. Saxe et al. 2013.
    """
    if tensor.ndim < 2:
        raise BadValue(f"Only tensors with 2 or more dimensions are supported, got {tuple(tensor.shape)}")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    with lamella.no_grad():
        drawn = lamella.empty(rows, columns, dtype=tensor.dtype).normal_(0, 1, generator=generator)
        q = _orthonormal_columns(drawn.t() if rows < columns else drawn).to(tensor.dtype)
        tensor.copy_((q.t() if rows < columns else q).reshape(tensor.shape))
        return tensor.mul_(gain)


def _orthonormal_columns(matrix: Tensor) -> Tensor:
    """Gram and Schmidt's process, twice for each column, which makes it as exact as Householder's reflections."""
    matrix = matrix.to(lamella.float64)
    q = lamella.zeros_like(matrix)
    for j in range(matrix.shape[1]):
        column = matrix[:, j]
        for _ in range(2):
            column = column - q[:, :j] @ (q[:, :j].t() @ column)
        q[:, j] = column / column.norm()
    return q


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal numbers, with the fraction `sparsity` of each column set to zero. Martens 2010."""
    if tensor.ndim != 2:
        raise BadValue(f"Only tensors with 2 dimensions are supported, got {tuple(tensor.shape)}")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with lamella.no_grad():
        tensor.normal_(0, std, generator=generator)
        for column in range(columns):
            tensor[lamella.randperm(rows)[:zeros], column] = 0
    return tensor


def _deprecated(function):
    old = function.__name__.removesuffix("_")

    @functools.wraps(function)
    def warned(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{function.__name__}`.", FutureWarning, stacklevel=2
        )
        return function(*args, **kwargs)

    warned.__name__ = old
    return warned


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)

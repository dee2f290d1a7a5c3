"""Functions of the torch namespace that are made of others, with torch's signatures."""

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Sequence
from typing import Any

from lamella import _C

Tensor = _C.Tensor

__all__ = [
    "addr", "block_diag", "cartesian_prod", "combinations", "corrcoef", "cov", "cross", "detach", "detach_", "diagflat",
    "diagonal_scatter", "dist", "fill", "fill_", "get_device", "hamming_window", "hann_window", "index_reduce",
    "is_nonzero", "is_same_size", "is_signed", "kron", "ldexp", "logaddexp2", "logcumsumexp", "logspace", "multinomial",
    "normal", "range", "renorm", "result_type", "rot90", "scalar_tensor", "select_scatter", "slice_scatter",
    "trapezoid", "trapz", "tril_indices", "triu_indices", "unravel_index", "vander", "zero_",
]  # fmt: skip

# Types


def result_type(tensor1: Any, tensor2: Any) -> _C.dtype:
    """The dtype that arithmetic of two operands (tensors or numbers) gives."""

    def empty(x: Any) -> Any:
        return x.detach().flatten()[:0].reshape(0, *[1] * (x.ndim - 1)) if isinstance(x, Tensor) and x.ndim else x

    if not isinstance(tensor1, Tensor) and not isinstance(tensor2, Tensor):
        return _C.promote_types(_C.tensor(tensor1).dtype, _C.tensor(tensor2).dtype)
    return _C.where(_C.ones((), dtype=_C.bool), empty(tensor1), empty(tensor2)).dtype


def detach(input: Tensor) -> Tensor:
    return input.detach()


def detach_(input: Tensor) -> Tensor:
    return input.detach_()


def fill_(input: Tensor, value: Any) -> Tensor:
    return input.fill_(value)


def fill(input: Tensor, value: Any) -> Tensor:
    return input.clone().fill_(value)


def zero_(input: Tensor) -> Tensor:
    return input.zero_()


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not zero. Raises RuntimeError for more than one."""
    return bool(input)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    return input.shape == other.shape


def is_signed(input: Tensor) -> bool:
    return input.dtype.is_signed


def get_device(input: Tensor) -> int:
    return input.get_device()


# Making tensors


def scalar_tensor(s: Any, *, dtype: _C.dtype | None = None, **options: Any) -> Tensor:
    return _C.full((), s, dtype=dtype or _C.get_default_dtype(), **options)


def range(start: float, end: float | None = None, step: float = 1, *, dtype: _C.dtype | None = None, **options: Any) -> Tensor:
    """start, start + step, … to `end`, which is included. The older form of arange."""
    start, end = (0, start) if end is None else (start, end)
    count = math.floor((end - start) / step + 1)
    return _C.arange(count, dtype=dtype or _C.get_default_dtype(), **options) * step + start


def logspace(start: float, end: float, steps: int, base: float = 10.0, *, dtype: _C.dtype | None = None, **options: Any) -> Tensor:
    """`steps` powers of `base` whose exponents go evenly from start to end."""
    exponents = _C.linspace(start, end, steps, dtype=_C.float64)
    return (base**exponents).to(dtype or _C.get_default_dtype(), **options)


def _window(length: int, periodic: bool, alpha: float, dtype: _C.dtype | None) -> Tensor:
    if length < 0:
        raise _C.BadValue(f"a window's length must not be negative, got {length}")
    if length < 2:
        return _C.ones(length, dtype=dtype)
    angles = _C.arange(length, dtype=_C.float64) * (2 * math.pi / (length if periodic else length - 1))
    return (alpha - (1 - alpha) * angles.cos()).to(dtype or _C.get_default_dtype())


def hann_window(window_length: int, periodic: bool = True, *, dtype: _C.dtype | None = None, **options: Any) -> Tensor:
    """(1 - cos(2πi/n)) / 2; n is the length, or one less where not periodic."""
    return _window(window_length, periodic, 0.5, dtype)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, *, dtype: _C.dtype | None = None, **options: Any
) -> Tensor:
    """alpha - (1 - alpha) cos(2πi/n)"""
    return _window(window_length, periodic, alpha, dtype)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: _C.dtype = _C.int64, **options: Any) -> Tensor:
    """Rows and columns [2, count] of the lower triangle of a matrix, row by row."""
    return _C.ones(row, col, dtype=_C.bool).tril(offset).nonzero().t().contiguous().to(dtype)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: _C.dtype = _C.int64, **options: Any) -> Tensor:
    """Rows and columns [2, count] of the upper triangle of a matrix, row by row."""
    return _C.ones(row, col, dtype=_C.bool).triu(offset).nonzero().t().contiguous().to(dtype)


def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with the given ones (vectors count as rows) along its diagonal."""
    blocks = [_C.atleast_2d(t) for t in tensors]
    columns, before, rows = sum(b.shape[1] for b in blocks), 0, []
    for block in blocks:
        if block.ndim != 2:
            raise RuntimeError(f"torch.block_diag: Input tensors must have 2 or fewer dimensions, got {block.ndim}")
        rows.append(_C._nn.pad(block, (before, columns - before - block.shape[1])))
        before += block.shape[1]
    return _C.cat(rows) if rows else _C.empty(1, 0)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of the elements of vectors: (count, number of vectors)."""
    if len(tensors) == 1:
        return tensors[0]
    return _C.stack([axis.flatten() for axis in _C.meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """itertools.combinations of a vector's elements: (count, r)."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = list(choose(builtins.range(input.shape[0]), r))
    return input[_C.tensor(chosen, dtype=_C.int64).view(-1, r)] if r else _C.empty(0, dtype=input.dtype)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A matrix with the elements on a diagonal."""
    return input.reshape(-1).diag(offset)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector's elements as columns."""
    count = x.shape[0] if N is None else N
    exponents = _C.arange(count)
    powers = x.unsqueeze(1) ** exponents
    return powers if increasing else powers.flip(1)


# Random numbers


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, **options: Any) -> Tensor:
    """Normal numbers; mean and std are numbers (then `size` says how many) or tensors."""
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        if size is None:
            raise TypeError("normal(): mean and std are numbers, so size must be given: normal(0.0, 1.0, (2, 3))")
        return _C.empty(size, **options).normal_(mean, std, generator=generator)
    like = mean if isinstance(mean, Tensor) else std
    if isinstance(mean, Tensor) and isinstance(std, Tensor):
        like = like.expand(_C.broadcast_tensors(mean, std)[0].shape)
    draws = _C.empty(like.shape, dtype=like.dtype).normal_(generator=generator)
    return draws * (std.detach() if isinstance(std, Tensor) else std) + (mean.detach() if isinstance(mean, Tensor) else mean)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices drawn with the probabilities (not normalised) of each row: (rows, num_samples) or (num_samples,)."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim, got shape {list(input.shape)}")
    if not input.is_floating_point():
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype}")
    if num_samples <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, got {num_samples}")
    weights = input.detach()
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not bool(((weights >= 0) & weights.isfinite()).all()):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not bool((weights.sum(-1) > 0).all()):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement or num_samples == 1:  # PyTorch's draws in both cases
        race = weights / _C.empty(weights.shape, dtype=weights.dtype).exponential_(1, generator=generator)
        return race.argmax(-1, keepdim=True) if num_samples == 1 else race.topk(num_samples).indices
    sums = weights.cumsum(-1)
    levels = (sums / sums[..., -1:]).to(_C.float64)
    levels[..., -1] = 1.0
    draws = _C.rand(*weights.shape[:-1], num_samples, dtype=_C.float64, generator=generator)
    return _C.searchsorted(levels, draws)


# Products and distances


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product along an axis of three elements: the first one where none is said."""
    if dim is None:
        dim = next((axis for axis, extent in enumerate(input.shape) if extent == 3), None)
        if dim is None:
            raise RuntimeError(f"no dimension of size 3 in input: shape {list(input.shape)}")
    a, b = _C.broadcast_tensors(input, other)
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if a.size(dim) != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.size(dim)} and {other.size(dim)}")
    return a.roll(-1, dim) * b.roll(-2, dim) - a.roll(-2, dim) * b.roll(-1, dim)


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product: each element of input times the whole of other."""
    rank = max(input.ndim, other.ndim)
    a = input.reshape(*[1] * (rank - input.ndim), *input.shape)
    b = other.reshape(*[1] * (rank - other.ndim), *other.shape)
    spread = [extent for pair in zip(a.shape, [1] * rank) for extent in pair]
    repeated = [extent for pair in zip([1] * rank, b.shape) for extent in pair]
    return (a.reshape(spread) * b.reshape(repeated)).reshape([m * n for m, n in zip(a.shape, b.shape)])


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta input + alpha vec1 ⊗ vec2"""
    product = _C.outer(vec1, vec2)
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else (input if beta == 1 else input * beta) + product


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of input - other."""
    return _C.norm(input - other, p)


def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Slices along an axis whose p-norm is above maxnorm are scaled down to it."""
    axes = [axis for axis in builtins.range(input.ndim) if axis != dim % input.ndim]
    lengths = _C.norm(input, p, axes, keepdim=True)
    return input * _C.where(lengths > maxnorm, maxnorm / (lengths + 1e-7), 1.0)


def cov(input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
    """The covariance of variables (rows) over observations (columns)."""
    if fweights is not None or aweights is not None:
        raise NotImplementedError("cov(): fweights and aweights are not supported; repeat or scale the observations")
    x = input.reshape(1, -1) if input.ndim < 2 else input
    centred = x - x.mean(1, keepdim=True)
    return ((centred @ centred.t()) / max(x.shape[1] - correction, 0)).squeeze()


def corrcoef(input: Tensor) -> Tensor:
    """The correlation of variables (rows) over observations (columns), within [-1, 1]."""
    covariance = cov(input)
    if covariance.ndim == 0:
        return covariance / covariance
    spread = covariance.diagonal().sqrt()
    return (covariance / spread.unsqueeze(1) / spread.unsqueeze(0)).clamp(-1, 1)


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The area below y along an axis, at places x or at distances dx."""
    count = y.size(dim)
    pairs = y.narrow(dim, 1, count - 1) + y.narrow(dim, 0, count - 1)
    if x is None:
        return pairs.sum(dim) * dx / 2
    if x.ndim == 1:
        x = x.view(*[-1 if axis == dim % y.ndim else 1 for axis in builtins.range(y.ndim)])
    return (pairs * x.diff(dim=dim)).sum(dim) / 2


trapz = trapezoid


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """log(cumsum(exp(input))) without overflow."""
    extent, step = (input.size(dim), 1) if input.ndim else (1, 1)
    while step < extent:  # each holds the sum of the `step` elements up to it
        later = _C.logaddexp(input.narrow(dim, step, extent - step), input.narrow(dim, 0, extent - step))
        input, step = _C.cat((input.narrow(dim, 0, step), later), dim), 2 * step
    return input.clone() if extent == 1 else input


def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """log2(2**input + 2**other) without overflow."""
    return _C.logaddexp(input * math.log(2), other * math.log(2)) / math.log(2)


def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input * 2**other"""
    return input * _C.pow(2.0, other)


# Reading and writing parts


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """k quarter turns from the first axis towards the second."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    first, second = dims
    if first % input.ndim == second % input.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {first} and dim1 = {second}")
    match k % 4:
        case 1:
            return input.flip(second).transpose(first, second).clone(memory_format=_C.contiguous_format)
        case 2:
            return input.flip((first, second))
        case 3:
            return input.flip(first).transpose(first, second).clone(memory_format=_C.contiguous_format)
    return input.clone(memory_format=_C.contiguous_format)


def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """The coordinates of flat indices in a tensor of `shape`."""
    places = []
    for extent in reversed([shape] if isinstance(shape, int) else list(shape)):
        places.append(indices % extent)
        indices = indices // extent
    return tuple(reversed(places))


def _written(input: Tensor, part_of: Any, src: Tensor) -> Tensor:
    result = input.clone()
    part = part_of(result)
    if part.shape != src.shape:
        raise RuntimeError(f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = {list(part.shape)}")
    part.copy_(src)
    return result


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy of input with src in place of select(dim, index)."""
    return _written(input, lambda x: x.select(dim, index), src)


def slice_scatter(input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    """A copy of input with src in place of a slice along an axis."""
    place = (slice(None),) * (dim % input.ndim) + (slice(start, end, step),)
    return _written(input, lambda x: x[place], src)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy of input with src on a diagonal."""
    return _written(input, lambda x: x.diagonal(offset, dim1, dim2), src)


def index_reduce(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True) -> Tensor:
    """scatter_reduce of whole slices by a vector of indices; reduce is prod, mean, amax or amin."""
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    aligned = index.view(*[-1 if axis == dim % input.ndim else 1 for axis in builtins.range(input.ndim)])
    return _C.scatter_reduce(input, dim, aligned.expand(source.shape), source, reduce, include_self=include_self)

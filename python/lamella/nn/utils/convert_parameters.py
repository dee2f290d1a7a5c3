"""A model's parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

import lamella
from lamella._C import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of all parameters, one after the other; differentiable."""
    return lamella.cat([parameter.view(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Makes the parameters views of their slices of `vec`.

    Raises TypeError where `vec` is no tensor, ValueError where it is too short.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected a Tensor, but got: {type(vec).__module__}.{type(vec).__qualname__}")
    params = list(parameters)
    needed = sum(parameter.numel() for parameter in params)
    if vec.numel() < needed:
        raise lamella._C.BadValue(
            f"vector_to_parameters: the vector has {vec.numel()} elements, the parameters {needed}"
        )
    start = 0
    for parameter in params:
        parameter.data = vec[start : start + parameter.numel()].view_as(parameter).data
        start += parameter.numel()

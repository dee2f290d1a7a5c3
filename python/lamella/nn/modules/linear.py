"""Matrix products as layers."""

from __future__ import annotations

import math
from typing import Any

import lamella
from lamella._C import Tensor
from lamella.nn import functional as F
from lamella.nn import init
from lamella.nn._arguments import shown, warn_once, whole
from lamella.nn.modules.module import Module
from lamella.nn.parameter import Parameter

__all__ = ["Identity", "Linear", "Bilinear"]


class Identity(Module):
    """Returns its input; takes and ignores any arguments, so that it can stand in for any layer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(Module):
    """y = x weightᵀ + bias.

    Shape: (*, in_features) to (*, out_features). Attributes: weight (out_features, in_features) and bias
    (out_features,), uniform in ±sqrt(1 / in_features). Raises ValueError for negative features.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = whole(self, "in_features", in_features, 0)
        self.out_features = whole(self, "out_features", out_features, 0)
        self.weight = Parameter(lamella.empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(lamella.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        output = F.linear(input, self.weight, self.bias)
        if output.ndim == 4 and input.shape[2] == input.shape[3]:
            warn_once(
                "linear on images",
                f"Linear is applied to the last axis of an input of shape {tuple(input.shape)}, which looks like images"
                " (N, C, H, W): if their pixels are the features, insert nn.Flatten() before it",
                stacklevel=4,
            )
        return output

    def extra_repr(self) -> str:
        return f"{shown(self, 'in_features', 'out_features')}, bias={self.bias is not None}"


class Bilinear(Module):
    """y_k = x1ᵀ weight_k x2 + bias_k.

    Shape: (*, in1_features) and (*, in2_features) to (*, out_features). Attributes: weight (out_features, in1_features,
    in2_features) and bias (out_features,), uniform in ±sqrt(1 / in1_features).
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in1_features = whole(self, "in1_features", in1_features, 1)
        self.in2_features = whole(self, "in2_features", in2_features, 0)
        self.out_features = whole(self, "out_features", out_features, 0)
        shape = (out_features, in1_features, in2_features)
        self.weight = Parameter(lamella.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(lamella.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"{shown(self, 'in1_features', 'in2_features', 'out_features')}, bias={self.bias is not None}"

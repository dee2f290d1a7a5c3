"""Batch normalisation, and what it shares with instance normalisation."""

from __future__ import annotations

from typing import Any

import lamella
from lamella._C import BadValue, Tensor
from lamella.nn import functional as F
from lamella.nn import init
from lamella.nn._arguments import shown, whole
from lamella.nn.modules.module import Module
from lamella.nn.parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"]


class _NormBase(Module):
    """Scale, shift and running statistics of `num_features` channels.

    Attributes: weight (ones) and bias (zeros) with `affine`; running_mean, running_var and num_batches_tracked with
    `track_running_stats`; None without.
    """

    _version = 2  # 2: with num_batches_tracked
    _ranks: tuple[int, ...]  # of inputs that are taken

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = whole(self, "num_features", num_features, 0)
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats

        def filled(fill: Any) -> Tensor:
            return fill(num_features, device=device, dtype=dtype)

        self.register_parameter("weight", Parameter(filled(lamella.empty)) if affine else None)
        self.register_parameter("bias", Parameter(filled(lamella.empty)) if affine and bias else None)
        self.register_buffer("running_mean", filled(lamella.zeros) if track_running_stats else None)
        self.register_buffer("running_var", filled(lamella.ones) if track_running_stats else None)
        count = lamella.tensor(0, dtype=lamella.int64, device=device) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Mean 0, variance 1, no batches."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Running statistics, weight and bias as a new layer has them."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        """Raises ValueError for an input of another rank or another count of channels."""
        if input.ndim not in self._ranks:
            expected = " or ".join(f"{rank}D" for rank in self._ranks)
            raise BadValue(f"expected {expected} input (got {input.ndim}D input of shape {tuple(input.shape)})")

    def extra_repr(self) -> str:
        bias = self.bias is not None
        front = shown(self, "eps", "momentum", "affine")
        return f"{self.num_features}, {front}, {bias=}, track_running_stats={self.track_running_stats}"

    def _load_from_state_dict(self, state_dict: dict, prefix: str, local_metadata: dict, *rest: Any) -> None:
        version = local_metadata.get("version")
        count = prefix + "num_batches_tracked"
        if (version is None or version < 2) and self.track_running_stats and count not in state_dict:
            own = self.num_batches_tracked
            state_dict[count] = lamella.tensor(0, dtype=lamella.int64) if own is None else own
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class _BatchNorm(_NormBase):
    """y = (x - mean) / sqrt(variance + eps) * weight + bias, for each channel over batch and positions.

    In training mean and variance are the batch's, and the running ones move towards them: running = (1 - momentum)
    running + momentum batch, or their average so far with `momentum` None. In evaluation the running ones are used,
    or the batch's where none are tracked. Raises ValueError for one value a channel in training.
    """

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        training, mean = self.training, self.running_mean
        factor = 0.0 if self.momentum is None else self.momentum
        if training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                factor = 1.0 / float(self.num_batches_tracked)
        tracked = not training or self.track_running_stats
        return F.batch_norm(
            input,
            mean if tracked else None,
            self.running_var if tracked else None,
            self.weight,
            self.bias,
            training or mean is None and self.running_var is None,
            factor,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L)."""

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W)."""

    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, D, H, W)."""

    _ranks = (5,)

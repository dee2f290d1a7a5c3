"""Instance normalisation."""

from __future__ import annotations

from typing import Any

from lamella._C import BadValue, Tensor
from lamella.nn import functional as F
from lamella.nn._arguments import warn_once
from lamella.nn.modules.batchnorm import _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(_NormBase):
    """y = (x - mean) / sqrt(variance + eps) * weight + bias, for each channel of each sample over its positions.

    Running statistics, if tracked, are averages over the batch and are used in evaluation.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _normalize(self, input: Tensor) -> Tensor:
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        unbatched = self._ranks[0]
        channels = input.shape[input.ndim - unbatched]
        if channels != self.num_features:
            message = f"input has {channels} channels, but num_features is {self.num_features}"
            if self.affine:
                raise BadValue(f"expected the input's channels to match num_features: {message}")
            warn_once("instance norm channels", f"{self._get_name()}: {message}; it is not used without affine")
        if input.ndim == unbatched:
            return self._normalize(input.unsqueeze(0)).squeeze(0)
        return self._normalize(input)

    def _load_from_state_dict(
        self,
        state_dict: dict,
        prefix: str,
        local_metadata: dict,
        strict: bool,
        missing: list,
        unexpected: list,
        errors: list,
    ) -> None:
        # Before version 2 running statistics were kept even where they were not used.
        if local_metadata.get("version") is None and not self.track_running_stats:
            keys = [prefix + name for name in ("running_mean", "running_var") if prefix + name in state_dict]
            if keys:
                errors.append(
                    f"Unexpected running stats buffer(s) {' and '.join(map(repr, keys))} for {self._get_name()} with"
                    " track_running_stats=False: remove them from the state_dict, or enable track_running_stats"
                )
                for key in keys:
                    state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing, unexpected, errors)


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L) or (C, L)."""

    _ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W) or (C, H, W)."""

    _ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, D, H, W) or (C, D, H, W)."""

    _ranks = (4, 5)

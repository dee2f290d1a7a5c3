"""Functions around attention and distances that are compositions."""

from __future__ import annotations

import math
from collections.abc import Callable

import lamella
from lamella._C import BadValue, Tensor, _nn
from lamella.nn._losses import _reduced

__all__ = [
    "gumbel_softmax", "multi_margin_loss", "multilabel_soft_margin_loss", "pdist", "scaled_dot_product_attention",
    "triplet_margin_with_distance_loss",
]  # fmt: skip


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query keyᵀ scale + mask) value. Shapes: query (*, L, E), key (*, S, E), value (*, S, V): (*, L, V).

    attn_mask: bool (True: takes part) or added to the scores; broadcast to (*, L, S). is_causal: position i sees the
    first i + 1. scale: 1 / sqrt(E) by default. dropout_p applies always. enable_gqa: heads of key and value (axis -3)
    are repeated to the query's.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    scores = query @ key.transpose(-2, -1) * (1 / math.sqrt(query.size(-1)) if scale is None else scale)
    if is_causal:
        attn_mask = lamella.ones(query.size(-2), key.size(-2), dtype=lamella.bool).tril()
    if attn_mask is not None and attn_mask.dtype is lamella.bool:
        weights = _nn.softmax(scores.masked_fill(~attn_mask, -math.inf), -1)
        weights = weights.masked_fill(~attn_mask.any(-1, keepdim=True), 0)  # a row that sees nothing gives zeros
    else:
        weights = _nn.softmax(scores if attn_mask is None else scores + attn_mask, -1)
    return (_nn.dropout(weights, dropout_p, True) if dropout_p > 0 else weights) @ value


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Softmax of logits with Gumbel noise. hard: one-hot, with the soft one's gradient."""
    noise = -lamella.empty_like(logits).exponential_().log()
    soft = _nn.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = lamella.zeros_like(logits).scatter_(dim, soft.max(dim, keepdim=True).indices, 1.0)
    return chosen - soft.detach() + soft


def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norms of the differences of all pairs of rows of (N, M): (N (N - 1) / 2,)."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    first, second = lamella.triu_indices(input.shape[0], input.shape[0], 1)
    return (input[first] - input[second]).norm(p, 1)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """max(distance(anchor, positive) - distance(anchor, negative) + margin, 0); swap: the nearer of two negatives."""
    if margin <= 0:
        raise BadValue(f"margin must be greater than 0, got {margin}")
    distance = distance_function or _nn.pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = lamella.minimum(far, distance(positive, negative))
    return _reduced((near - far + margin).clamp_min(0), reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Sum of max(margin - input[target] + input[i], 0)**p over the other classes i, divided by their number."""
    if p not in (1, 2):
        raise RuntimeError("multi_margin_loss: only p == 1 and p == 2 supported")
    scores, classes = (input.unsqueeze(0), target.view(1)) if input.ndim == 1 else (input, target)
    classes = classes.unsqueeze(1)
    losses = (margin - scores.gather(1, classes) + scores).clamp_min(0) ** p
    if weight is not None:
        losses = losses * weight[classes]
    losses = losses.scatter(1, classes, 0.0).sum(1) / scores.shape[1]
    return _reduced(losses.squeeze(0) if input.ndim == 1 else losses, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of binary cross-entropies with logits."""
    losses = -(target * _nn.logsigmoid(input) + (1 - target) * _nn.logsigmoid(-input))
    return _reduced((losses if weight is None else losses * weight).mean(-1), reduction)

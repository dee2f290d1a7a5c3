"""Losses that are compositions. `reduction` is "mean", "sum" or "none", once given by `size_average` and `reduce`."""

from __future__ import annotations

import math

import lamella
from lamella._C import BadValue, Tensor, _nn
from lamella.nn._arguments import legacy_reduction, warn_once

__all__ = [
    "cross_entropy", "nll_loss", "kl_div", "poisson_nll_loss", "gaussian_nll_loss", "hinge_embedding_loss",
    "soft_margin_loss", "cosine_embedding_loss", "margin_ranking_loss", "triplet_margin_loss",
]  # fmt: skip


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise BadValue(f"{reduction} is not a valid value for reduction: use 'none', 'mean' or 'sum'")


# Classes


def _warn_if_all_ignored(loss: Tensor, target: Tensor, ignore_index: int) -> None:
    """A mean over no targets is NaN and a sum 0: neither says why."""
    if loss.ndim != 0:
        return
    value = loss.item()
    suspicious = (value == 0 or value != value) and not target.is_floating_point() and target.numel() > 0
    if suspicious and (target == ignore_index).all():
        warn_once(
            "all targets ignored",
            f"every target is ignore_index ({ignore_index}), so the loss is {value} and teaches nothing: is"
            " ignore_index one of the classes?",
            stacklevel=4,
        )


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input)[target]. Shapes: input (N, C, …) or (C,); target (N, …) of classes, or the input's."""
    loss = _nn.cross_entropy(input, target, weight, size_average, ignore_index, reduce, reduction, label_smoothing)
    _warn_if_all_ignored(loss, target, ignore_index)
    return loss


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-input[target] of log-probabilities. Shapes: input (N, C, …) or (C,); target (N, …) of classes."""
    loss = _nn.nll_loss(input, target, weight, size_average, ignore_index, reduce, reduction)
    _warn_if_all_ignored(loss, target, ignore_index)
    return loss


# Probabilities


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target (log(target) - input) of log-probabilities; reduction "batchmean" divides the sum by the batch's size."""
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce, reduction)
    if reduction == "mean":
        warn_once("kl_div mean", "kl_div's reduction='mean' divides by all elements; 'batchmean' is the KL divergence.")
    if log_target:
        loss = target.exp() * (target - input)
    else:
        zero = target == 0
        logs = lamella.where(zero, 1.0, target).log()
        loss = lamella.where(zero, target * 0.0, target * logs) - target * input
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.ndim else loss.sum()
    return _reduced(loss, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(input) - target input, or input - target log(input + eps); `full` adds Stirling's approximation."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        large = target > 1
        safe = lamella.where(large, target, 1.0)
        stirling = safe * safe.log() - safe + 0.5 * (2 * math.pi * safe).log()
        loss = loss + lamella.where(large, stirling, 0.0)
    return _reduced(loss, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """0.5 (log(var) + (input - target)² / var), with var at least eps; `full` adds the constant."""
    if not isinstance(var, Tensor):
        var = lamella.full_like(input, var)
    if var.shape != input.shape:
        if var.shape == input.shape[:-1]:
            var = var.unsqueeze(-1)
        elif var.shape[:-1] != input.shape[:-1] or var.shape[-1:] != (1,):
            raise BadValue(f"var is of incorrect size: {var.shape} for an input of {input.shape}")
    if (var < 0).any():
        raise BadValue("var has negative entry/entries")
    with lamella.no_grad():
        floored = var.clamp(min=eps)
    var = var + (floored - var).detach()  # its value is floored, its gradient is not
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    return _reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


# Margins


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """input where target is 1, max(0, margin - input) where it is -1"""
    reduction = legacy_reduction(size_average, reduce, reduction)
    far = lamella.where(target == 1, 0.0, (margin - input).relu())
    near = lamella.where(target == -1, 0.0, input)
    return _reduced(far + near, reduction)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target input))"""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return _reduced((-target * input).exp().log1p(), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos(x1, x2) where target is 1, max(0, cos(x1, x2) - margin) where it is -1"""
    reduction = legacy_reduction(size_average, reduce, reduction)
    eps = 1e-12
    product = (input1 * input2).sum(-1)
    squares = ((input1 * input1).sum(-1) + eps) * ((input2 * input2).sum(-1) + eps)
    cosine = product / squares.sqrt()
    near = lamella.where(target == 1, 1 - cosine, 0.0)
    far = lamella.where(target == -1, (cosine - margin).clamp(min=0), 0.0)
    return _reduced(near + far, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -target (x1 - x2) + margin)"""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return _reduced((-target * (input1 - input2) + margin).clamp(min=0), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin); `swap`: or to the positive, if that is nearer."""
    from lamella.nn.functional import pairwise_distance

    reduction = legacy_reduction(size_average, reduce, reduction)
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = lamella.minimum(far, pairwise_distance(positive, negative, p, eps))
    return _reduced((margin + near - far).clamp(min=0), reduction)

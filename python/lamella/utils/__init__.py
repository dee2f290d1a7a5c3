"""Helpers around training: data, checkpointing, hooks."""

from lamella.utils import checkpoint, data, hooks  # noqa: F401

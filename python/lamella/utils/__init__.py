"""Helpers around training: data, checkpointing, hooks, DLPack."""

from lamella.utils import checkpoint, data, dlpack, hooks  # noqa: F401

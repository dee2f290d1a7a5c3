"""Seeds and the state of the random stream, which is PyTorch's own on the CPU."""

from __future__ import annotations

import contextlib
from typing import Iterator

from lamella._C import default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state

__all__ = ["default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]


@contextlib.contextmanager
def fork_rng(devices=None, enabled: bool = True, **accepted) -> Iterator[None]:
    """The stream goes on after the scope as if nothing had been drawn in it."""
    state = get_rng_state() if enabled else None
    try:
        yield
    finally:
        if state is not None:
            set_rng_state(state)

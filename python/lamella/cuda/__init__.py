"""Compatible answers: there is no CUDA device, and what does nothing without one does nothing."""

from __future__ import annotations

from lamella.cuda import amp  # noqa: F401


def is_available() -> bool:
    return False


def device_count() -> int:
    return 0


def is_initialized() -> bool:
    return False


def is_bf16_supported() -> bool:
    return False


def empty_cache() -> None:
    pass


def manual_seed(seed: int) -> None:
    pass


def manual_seed_all(seed: int) -> None:
    pass


def synchronize(device=None) -> None:
    pass


def memory_allocated(device=None) -> int:
    return 0


def max_memory_allocated(device=None) -> int:
    return 0


def reset_peak_memory_stats(device=None) -> None:
    pass


def current_device() -> int:
    raise RuntimeError("lamella computes on the CPU: there is no CUDA device")


get_device_name = get_device_properties = set_device = lambda *args: current_device()

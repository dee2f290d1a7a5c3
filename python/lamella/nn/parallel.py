"""What scripts spread a network over devices with. There is one device, whose threads share the work already."""

from __future__ import annotations

from typing import Any

from lamella.nn.modules.module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """Runs `module`, whose parameters are named "module.…", as PyTorch's does where there is no GPU."""

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []
        self.output_device = output_device
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)

"""Mixed precision: autocast, and a gradient scaler for float16."""

from lamella.amp.autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from lamella.amp.grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

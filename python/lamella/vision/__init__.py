"""The part of torchvision that scripts on small pictures use: `datasets` and `transforms`. It needs numpy, and no Pillow."""

from lamella.vision import datasets, transforms

__all__ = ["datasets", "transforms"]

"""The part of torchvision that scripts on small pictures use: `datasets` and `transforms`. Without Pillow."""

from lamella.vision import datasets, transforms

__all__ = ["datasets", "transforms"]

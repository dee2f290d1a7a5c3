"""The part of torchvision that scripts on small pictures use: `datasets`, `transforms` and `io`. Without Pillow."""

from lamella.vision import datasets, io, transforms

__all__ = ["datasets", "io", "transforms"]

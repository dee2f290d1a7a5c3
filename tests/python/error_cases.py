"""The cases of errors.txt, and what their expressions call. Nothing here knows whether the module is lamella or PyTorch."""

import builtins
import os
import pathlib
import tempfile

import numpy as np


def cases() -> list:
    """(expression, exception class, how the text begins), in the order of the file."""
    lines = (pathlib.Path(__file__).parent / "errors.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    found = []
    for expression, answer in zip(lines[::2], lines[1::2], strict=True):
        kind, text = answer.strip().split(": ", 1)
        found.append((expression, getattr(builtins, kind), text.replace("\\n", "\n")))
    return found


def names(module) -> dict:
    """The names of an expression, for one of the two libraries."""
    return {**globals(), "torch": module, "nn": module.nn, "F": module.nn.functional, "__name__": __name__}


def multiply_inference_tensor(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    return x * torch.ones(2, requires_grad=True)


def divide_by_nothing(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.zeros(1, requires_grad=True)
        ((x * 0).sqrt() * 0).sum().backward()


def assign_before_init(nn):
    class Net(nn.Module):
        def __init__(self):
            self.layer = nn.ReLU()

    return Net()


def saved(torch) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "saved.pt")
        torch.save({"weight": torch.ones(100)}, path)
        with open(path, "rb") as file:
            return file.read()


def load_bytes(torch, data: bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "given.pt")
        with open(path, "wb") as file:
            file.write(data)
        return torch.load(path)


__all__ = ["names", "np"]

"""Compares where lamella's Python package raises with where PyTorch does. Both have to be installed.

    pytest tests/parity/python_errors.py

For every mistake of tests/python/errors.txt PyTorch raises too, and an `except` clause that catches its exception catches
lamella's. Nearby calls that are no mistakes raise in neither.
"""

import pathlib
import sys
import warnings

import pytest

torch = pytest.importorskip("torch")
lamella = pytest.importorskip("lamella")

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
from error_cases import cases, names  # noqa: E402

EXPRESSIONS = [expression for expression, _, _ in cases()]
CLASSES = (NotImplementedError, IndexError, TypeError, ValueError, AttributeError, KeyError, OSError, RuntimeError, EOFError)

# Where another class is the better one.
OTHERWISE = {
    'nn.ConvTranspose2d(3, 8, 3, padding="same")(torch.ones(1, 3, 8, 8))': "a bad value, found when the layer is made",
    "F.unfold(torch.ones(4, 4), 3)": "the shape is wrong, not an index",
    'load_bytes(torch, b"hello world, this is no checkpoint")': "damaged files are OSErrors, whatever unpickling them raises",
    'load_bytes(torch, b"")': "the same",
}

# What is allowed, next to what is not.
ALLOWED = [
    "nn.Conv2d(3, 8, 5)(torch.ones(1, 3, 5, 5))",
    "nn.Conv2d(3, 8, 3)(torch.ones(0, 3, 8, 8))",
    "nn.Conv2d(3, 8, 3)(torch.ones(3, 8, 8))",
    "F.pad(torch.ones(1, 3, 4, 4), (-2, -2))",
    "nn.MaxPool2d(2, padding=1)(torch.ones(1, 3, 8, 8))",
    "nn.BatchNorm2d(3)(torch.ones(2, 3, 1, 1))",
    "nn.BatchNorm2d(3).eval()(torch.ones(1, 3, 1, 1))",
    "F.cross_entropy(torch.ones(2, 5), torch.tensor([4, -100]))",
    "F.cross_entropy(torch.ones(2, 5), torch.ones(2, 5))",
    "F.mse_loss(torch.ones(2, 1), torch.ones(2))",
    "nn.Linear(8, 2)(torch.ones(2, 3, 8, 8))",
    "torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1).step()",
    "nn.utils.clip_grad_norm_([], 1.0)",
    "torch.ones(2, requires_grad=True).exp().backward(torch.ones(2))",
    "torch.ones(2, 3).expand(4, 2, 3)",
    "torch.cat([torch.ones(0), torch.ones(2, 3)])",
    "torch.ones(2, 3)[..., None, 1:5]",
]


def raised(module, expression):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            eval(expression, names(module))  # the repository's own
        except Exception as error:
            return error
    return None


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_mistake(expression):
    theirs, ours = raised(torch, expression), raised(lamella, expression)
    assert theirs is not None, "torch does not raise"
    assert ours is not None, f"torch raises {type(theirs).__name__}: {theirs}"
    kind = next(kind for kind in CLASSES if isinstance(theirs, kind))
    assert isinstance(ours, kind) != (expression in OTHERWISE), f"{type(ours).__name__}, torch {type(theirs).__name__}"


@pytest.mark.parametrize("expression", ALLOWED)
def test_no_mistake(expression):
    assert raised(torch, expression) is None
    assert raised(lamella, expression) is None

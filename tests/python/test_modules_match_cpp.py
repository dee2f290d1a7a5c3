"""The layers of lamella.nn are those of the C++ library: one table, written by the program lamella_parity, walks both.

The program is the one beside the build's python folder, or what LAMELLA_PARITY names: the program itself, or a file
that holds what `lamella_parity --modules` printed.
"""

import fnmatch
import json
import os
import pathlib
import re
import subprocess

import numpy as np
import pytest

import lamella
from lamella import nn


def records():
    """One dict a layer or refused call. An empty list if there is no program."""
    place = os.environ.get("LAMELLA_PARITY")
    build = pathlib.Path(lamella.__file__).absolute().parents[2]
    path = pathlib.Path(place) if place else build / "tests" / "lamella_parity"
    if not path.is_file():
        return []
    if os.access(path, os.X_OK):
        text = subprocess.run([path, "--modules"], check=True, capture_output=True, encoding="utf-8").stdout
    else:
        text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def cases(kind):
    chosen = [pytest.param(record, id=record["torch"]) for record in RECORDS if record["kind"] == kind]
    return chosen or [pytest.param(None, marks=pytest.mark.skip("no lamella_parity; build it, or set LAMELLA_PARITY"))]


RECORDS = records()

# Layers that find their sizes at the first call, and losses and a pooling that are compositions of a line or two.
PYTHON_ONLY = (
    "Module", "Lazy*", "LPPool?d", "CosineEmbeddingLoss", "GaussianNLLLoss", "HingeEmbeddingLoss", "MarginRankingLoss",
    "PoissonNLLLoss", "SoftMarginLoss", "TripletMarginLoss",
)  # fmt: skip


def made(expression):
    return eval(expression, {"nn": nn, "torch": lamella})


def summary(tensor, count):
    return [list(tensor.shape), tensor.detach().double().flatten()[:count].tolist()]


def drawn(shape, classes):
    return lamella.randint(0, classes, shape) if classes else lamella.rand(shape)


@pytest.mark.skipif(not RECORDS, reason="no lamella_parity")
def test_the_table_has_every_layer():
    layers = {name for name in nn.modules.__all__ if issubclass(getattr(nn, name), nn.Module)}
    table = {re.match(r"nn\.(\w+)", record["torch"])[1] for record in RECORDS}
    assert {name for name in layers ^ table if not any(fnmatch.fnmatch(name, only) for only in PYTHON_ONLY)} == set()


@pytest.mark.parametrize("record", cases("module"))
def test_layer(record):
    lamella.manual_seed(0)
    layer = made(record["torch"])
    assert str(layer) == record["printed"]
    assert [[name, *summary(tensor, 6)] for name, tensor in layer.state_dict().items()] == [
        [name, *content] for name, content in record["state"]
    ]
    inputs = [drawn(shape, classes) for shape, classes in record["inputs"]]
    if inputs:
        with lamella.no_grad():
            shape, values = summary(layer(*inputs), 24)
        assert shape == record["output"][0]
        # The same operators: only losses that are compositions in Python may round in another order.
        np.testing.assert_allclose(values, record["output"][1], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("record", cases("module_error"))
def test_refused_arguments(record):
    with pytest.raises(ValueError) as raised:
        made(record["torch"])
    assert str(raised.value) == record["error"]

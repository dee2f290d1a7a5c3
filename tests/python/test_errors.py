"""Errors: what common mistakes raise, word for word, and the silent traps, which warn once and never raise."""

import re
import subprocess
import sys
import warnings

import pytest
from error_cases import cases, names

import lamella

CASES = cases()
# What belongs to C++ or to the insides, and must not be in a text that Python's users read.
FOREIGN = re.compile(r"DType|::|nullopt|NoGradGuard|\{\.|\btrue\b|\bfalse\b|c10|aten|Variable|incompatible function arguments")


@pytest.mark.parametrize("expression, kind, text", CASES, ids=[expression[:60] for expression, _, _ in CASES])
def test_mistake(expression, kind, text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(kind) as caught:
            eval(expression, names(lamella))  # the repository's own
    given = str(caught.value)
    if "given.pt: " in given:
        given = given.split("given.pt: ")[1]
    assert given.startswith(text)
    assert not FOREIGN.search(given)


def test_exceptions_can_be_caught_as_torchs():
    """torch raises RuntimeError for much that is a bad value, type or index: both clauses work."""
    for kind in (lamella._C.BadValue, lamella._C.BadType, lamella._C.BadIndex, lamella._C.NotSupported, lamella._C.BadFile):
        assert issubclass(kind, RuntimeError)


def test_the_path_of_the_layer_comes_first():
    nn = lamella.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ModuleDict({"up": nn.Upsample(size=3, mode="linear")})["up"])

        def forward(self, x):
            return self.body(x)

    with pytest.raises(NotImplementedError, match=r"^body\.1 \(Upsample\): "):
        Net()(lamella.ones(1, 3, 8, 8))
    with pytest.raises(RuntimeError, match=r"^body\.0 \(Conv2d\): "):
        Net()(lamella.ones(1, 2, 8, 8))


TRAPS = {
    "a target that broadcasts": "F.mse_loss(torch.ones(2, 1), torch.ones(2))",
    "targets that are all ignored": "F.cross_entropy(torch.ones(2, 3), torch.tensor([-100, -100]))",
    "a step without gradients": "torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1).step()",
    "no gradients to clip": "nn.utils.clip_grad_norm_([], 1.0)",
    "Linear over an image": "nn.Linear(8, 2)(torch.ones(2, 3, 8, 8))",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_trap_warns_once(trap):
    script = f"""if 1:
        import warnings, lamella as torch
        nn, F = torch.nn, torch.nn.functional
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")  # a warning a line
            for _ in range(3):
                {TRAPS[trap]}
        print(len(caught))
    """
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert said == "1\n"

"""The tutorial's Python programs, run twice: as they are, and with their imports changed to PyTorch.

What they print must be the same text, numbers within a tolerance. Three things may differ: the words of an error, which
are each library's own, the addresses that 10 prints, and the seconds that 11 takes.
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

PROGRAMS = sorted((pathlib.Path(__file__).parents[2] / "examples" / "tutorial").glob("*.py"))
# Of the rest a last digit of a printed number. 09 and 11 train: a hundred steps of rounding let a few of the 1,000 test
# pictures change sides.
TOLERANCE = {"09_unit": 0.01, "11_mlp_against_cnn": 0.01}
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
OUR_ERRORS = ("fc (Linear): ", "conv2d: the input has", "interpolate: Got", "relu_: a leaf", "one of the variables")

# torchvision is no part of this comparison: what the programs use of it, over torch.
TORCHVISION = '''
import gzip, os, sys, types
import numpy as np, torch

def _idx(name):
    for root in (os.environ.get("LAMELLA_DATA", ""), "/usr/local/share/datasets", "/usr/share/datasets"):
        for path in (os.path.join(root, "fashion-mnist", name), os.path.join(root, "fashion-mnist", name + ".gz")):
            if os.path.exists(path):
                data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
                shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
                return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)
    raise FileNotFoundError(name)

class FashionMNIST(torch.utils.data.Dataset):
    def __init__(self, root, train=True, transform=None, download=False):
        stem = "train" if train else "t10k"
        self.images, self.labels = _idx(stem + "-images-idx3-ubyte"), _idx(stem + "-labels-idx1-ubyte")
        self.transform = transform
    def __len__(self):
        return len(self.labels)
    def __getitem__(self, index):
        return self.transform(self.images[index]), int(self.labels[index])

class Compose:
    def __init__(self, transforms): self.transforms = transforms
    def __call__(self, x):
        for t in self.transforms: x = t(x)
        return x
class ToTensor:
    def __call__(self, x): return torch.from_numpy(x.copy()).unsqueeze(0).to(torch.float32).div(255)
class Normalize:
    def __init__(self, mean, std): self.mean, self.std = torch.tensor(mean).view(-1, 1, 1), torch.tensor(std).view(-1, 1, 1)
    def __call__(self, x): return x.sub(self.mean).div(self.std)

vision = types.ModuleType("torchvision")
vision.datasets = types.SimpleNamespace(FashionMNIST=FashionMNIST)
vision.transforms = types.SimpleNamespace(Compose=Compose, ToTensor=ToTensor, Normalize=Normalize)
sys.modules["torchvision"] = vision
'''


def with_torch(source: str) -> str:
    """The program with `import lamella as torch` and its kin naming PyTorch."""
    source = re.sub(r"^import lamella as torch$", "import torch", source, flags=re.M)
    source = re.sub(r"^import lamella\.([\w.]+) as (\w+)$", r"import torch.\1 as \2", source, flags=re.M)
    source = re.sub(r"^from lamella\.vision\b", "from torchvision", source, flags=re.M)
    return re.sub(r"^from lamella\b", "from torch", source, flags=re.M)


def printed(source: str, folder: pathlib.Path) -> list[str]:
    folder.mkdir()
    (folder / "program.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "program.py"], cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=600,
        env=dict(os.environ, OMP_NUM_THREADS="2"),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    text = re.sub(r"0x[0-9a-f]+", "0x…", done.stdout)
    return re.sub(r"seconds \d+\.\d+", "seconds …", text).splitlines()


def test_there_are_eleven():
    assert len(PROGRAMS) == 11


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_prints_what_it_prints_with_torch(program, tmp_path):
    source = program.read_text(encoding="utf-8")
    changed = with_torch(source)
    assert "lamella" not in changed
    head = TORCHVISION if "torchvision" in changed else ""
    ours, theirs = printed(source, tmp_path / "lamella"), printed(head + changed, tmp_path / "torch")
    assert len(ours) == len(theirs), "\n".join(theirs)
    tolerance = TOLERANCE.get(program.stem, 2e-5)
    for line, other in zip(ours, theirs):
        if line.startswith(OUR_ERRORS):
            continue
        assert NUMBER.sub("#", line) == NUMBER.sub("#", other)
        for a, b in zip(NUMBER.findall(line), NUMBER.findall(other)):
            assert float(a) == pytest.approx(float(b), rel=tolerance, abs=tolerance), f"{line!r}, torch {other!r}"

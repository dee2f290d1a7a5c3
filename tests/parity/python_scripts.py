"""Training scripts as people write them, run twice: as they are with PyTorch, and with their imports changed to lamella.

Each prints its losses; what is printed must be the same text, and its numbers equal within a tolerance that allows for
another order of summation. Nothing but import lines is changed.
"""

from __future__ import annotations

import os
import pathlib
import re
import struct
import subprocess
import sys

import numpy as np
import pytest

SCRIPTS = sorted((pathlib.Path(__file__).parent / "scripts").glob("*.py"))
# The losses of a chaotic training part company: after n steps of a network in float32 a last bit has grown by some
# factor a step. Sixty steps of a U-Net with batch norm turn 1e-7 into 1e-4.
RELATIVE, ABSOLUTE = 1e-3, 2e-5
NUMBER = re.compile(r"(?<![A-Za-z_])[-+]?\d+\.\d+(?:[eE][-+]?\d+)?|[-+]?\binf\b|\bnan\b")


def with_lamella(source: str) -> str:
    """The script with `import torch` and its kin naming lamella."""
    source = re.sub(r"^import torch$", "import lamella as torch", source, flags=re.M)
    source = re.sub(r"^import torch\.([\w.]+) as (\w+)$", r"import lamella.\1 as \2", source, flags=re.M)
    source = re.sub(r"^from torchvision\b", "from lamella.vision", source, flags=re.M)
    return re.sub(r"^from torch\b", "from lamella", source, flags=re.M)


# torchvision is no part of this comparison: what the scripts use of it, over torch.
TORCHVISION = '''
import sys, types, gzip, os
import numpy as np, torch

def _idx(path):
    data = open(path, "rb").read()
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)

class MNIST(torch.utils.data.Dataset):
    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        stem = os.path.join(root, "MNIST", "raw", "train" if train else "t10k")
        self.images, self.labels, self.transform = _idx(stem + "-images-idx3-ubyte"), _idx(stem + "-labels-idx1-ubyte"), transform
    def __len__(self):
        return len(self.labels)
    def __getitem__(self, index):
        image = self.images[index]
        return (self.transform(image) if self.transform else image), int(self.labels[index])

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
vision.datasets = types.SimpleNamespace(MNIST=MNIST)
vision.transforms = types.SimpleNamespace(Compose=Compose, ToTensor=ToTensor, Normalize=Normalize)
sys.modules["torchvision"] = vision
'''


def write_digits(root: pathlib.Path) -> None:
    """Small files in MNIST's format: squares of ten sizes."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for name, count in (("train", 160), ("t10k", 50)):
        labels = generator.integers(0, 10, count).astype(np.uint8)
        images = generator.integers(0, 40, (count, 28, 28)).astype(np.uint8)
        for image, label in zip(images, labels):
            image[4 : 8 + 2 * label, 4 : 8 + 2 * label] = 220
        (raw / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, count, 28, 28) + images.tobytes())
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels.tobytes())


def run(source: str, folder: pathlib.Path, arguments: list[str]) -> str:
    folder.mkdir()
    (folder / "script.py").write_text(source)
    environment = dict(os.environ, OMP_NUM_THREADS="2", PYTHONWARNINGS="error::DeprecationWarning")
    done = subprocess.run(
        [sys.executable, "script.py", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def test_there_are_twelve():
    assert len(SCRIPTS) == 12


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_follows_torchs_losses(script, tmp_path):
    source = script.read_text()
    arguments = []
    if "torchvision" in source:
        write_digits(tmp_path / "data")
        arguments = ["--data", str(tmp_path / "data")]
    head = TORCHVISION if "torchvision" in source else ""
    theirs = run(head + source, tmp_path / "torch", arguments)
    ours = run(with_lamella(source), tmp_path / "lamella", arguments)
    assert "lamella" not in source and len(NUMBER.findall(theirs)) >= 3
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    for line, other in zip(ours.splitlines(), theirs.splitlines()):
        for a, b in zip(NUMBER.findall(line), NUMBER.findall(other)):
            assert float(a) == pytest.approx(float(b), rel=RELATIVE, abs=ABSOLUTE, nan_ok=True), f"{line!r}, torch {other!r}"

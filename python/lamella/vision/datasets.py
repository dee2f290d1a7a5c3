"""MNIST, Fashion-MNIST and CIFAR-10 from their files. Nothing is downloaded: an error says where the files are expected
and how to get them."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path
from typing import Any, Callable

import numpy

import lamella
from lamella.utils.data import Dataset

__all__ = ["MNIST", "FashionMNIST", "CIFAR10"]

_MOST_BYTES = 1 << 30  # of an unpacked file


class _Pictures(Dataset):
    """Pictures and their classes in memory. An item is (picture, class): the picture is a numpy array of uint8, [H, W]
    or [H, W, 3], where torchvision has one of Pillow's; the transforms take both."""

    def __init__(
        self,
        root: str | os.PathLike,
        train: bool = True,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        download: bool = False,
    ) -> None:
        self.root = os.fspath(root)
        self.train = train
        self.transform = transform
        self.target_transform = target_transform
        self._load(Path(self.root), download)

    def _load(self, root: Path, download: bool) -> None:
        raise NotImplementedError

    def _picture(self, index: int) -> numpy.ndarray:
        raise NotImplementedError

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        picture, target = self._picture(index), int(self.targets[index])
        if self.transform is not None:
            picture = self.transform(picture)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return picture, target

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        lines = [f"Dataset {type(self).__name__}", f"    Number of datapoints: {len(self)}"]
        lines += [f"    Root location: {self.root}", f"    Split: {'Train' if self.train else 'Test'}"]
        return "\n".join(lines)


class MNIST(_Pictures):
    """Handwritten digits, 28x28 (LeCun, Cortes and Burges 1998): four IDX files, gzipped or not.

    They are looked for in root/MNIST/raw (torchvision's place), root/mnist and root, then in the folders of
    $LAMELLA_DATA and the system's datasets. `data` is a uint8 tensor [N, 28, 28], `targets` int64 [N].

    Raises FileNotFoundError, which lists the places, where no place has the files; ValueError for damaged ones.
    """

    classes = [
        f"{i} - {name}"
        for i, name in enumerate("zero one two three four five six seven eight nine".split())
    ]
    _folder = "mnist"
    _how = "copy the four files of https://ossci-datasets.s3.amazonaws.com/mnist/ into the first of them"

    def _load(self, root: Path, download: bool) -> None:
        split = "train" if self.train else "t10k"
        folders = [root / type(self).__name__ / "raw", root / self._folder, root]
        for more in (os.environ.get("LAMELLA_DATA"), "/usr/local/share/datasets", "/usr/share/datasets"):
            if more:
                folders += [Path(more) / type(self).__name__ / "raw", Path(more) / self._folder]
        files = [f"{split}-images-idx3-ubyte", f"{split}-labels-idx1-ubyte"]
        images, labels = (_read_idx(_find(folders, name, type(self).__name__, self._how)) for name in files)
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"{type(self).__name__}: the files hold {list(images.shape)} and {list(labels.shape)}, expected "
                "pictures [N, H, W] and labels [N]; are two files swapped?"
            )
        self._images = images
        self.data = lamella.from_numpy(images)
        self.targets = lamella.from_numpy(labels.astype(numpy.int64))

    def _picture(self, index: int) -> numpy.ndarray:
        return self._images[index]

    @property
    def class_to_idx(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.classes)}


class FashionMNIST(MNIST):
    """Clothes in MNIST's format (Xiao, Rasul and Vollgraf 2017); Debian's package dataset-fashion-mnist is found."""

    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
    _folder = "fashion-mnist"
    _how = "on Debian: apt-get install dataset-fashion-mnist"


class CIFAR10(_Pictures):
    """Pictures of ten things, 32x32 (Krizhevsky 2009), from the binary version: data_batch_1.bin to 5 and
    test_batch.bin, in root/cifar-10-batches-bin or root. `data` is a uint8 array [N, 32, 32, 3], `targets` a list, as
    torchvision has them.

    Raises FileNotFoundError where the files are missing, ValueError for one that is not whole.
    """

    classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    class_to_idx = {name: i for i, name in enumerate(classes)}
    _record = 1 + 3 * 32 * 32

    def _load(self, root: Path, download: bool) -> None:
        folders = [root / "cifar-10-batches-bin", root]
        names = [f"data_batch_{i}.bin" for i in range(1, 6)] if self.train else ["test_batch.bin"]
        how = "unpack https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz there (the Python version holds pickles)"
        records = numpy.concatenate([self._read(_find(folders, name, "CIFAR10", how)) for name in names])
        self.data = numpy.ascontiguousarray(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        self.targets = records[:, 0].tolist()

    def _read(self, path: Path) -> numpy.ndarray:
        content = numpy.fromfile(path, numpy.uint8)
        if content.size == 0 or content.size % self._record != 0:
            raise ValueError(
                f"{path}: {content.size} bytes are no whole number of records of {self._record}: cut short?"
            )
        records = content.reshape(-1, self._record)
        if records[:, 0].max() > 9:
            worst = records[:, 0].max()
            raise ValueError(f"{path}: has a class {worst}, expected 0 to 9: not CIFAR-10's binary version")
        return records

    def _picture(self, index: int) -> numpy.ndarray:
        return self.data[index]


def _find(folders: list[Path], name: str, dataset: str, how: str) -> Path:
    dotted = name.replace("-idx", ".idx")
    names = [name, name + ".gz", dotted, dotted + ".gz"]
    for folder in folders:
        for candidate in names:
            if (folder / candidate).is_file():
                return folder / candidate
    places = ", ".join(str(folder) for folder in folders)
    raise FileNotFoundError(f"{dataset}: no {name} in {places}; {how} (nothing is downloaded here)")


def _read_idx(path: Path) -> numpy.ndarray:
    """A uint8 array of an IDX file, gzipped or not."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as file:
                content = file.read(_MOST_BYTES + 1)
        except (OSError, EOFError) as error:
            raise ValueError(f"{path}: the gzip data is damaged ({error}); download the file again") from None
        if len(content) > _MOST_BYTES:
            raise ValueError(f"{path}: unpacks to more than {_MOST_BYTES} bytes: not read")
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of bytes: it begins with {content[:4].hex(' ') or 'nothing'}")
    axes = content[3]
    header = 4 + 4 * axes
    if len(content) < header:
        raise ValueError(f"{path}: cut short: it ends inside the sizes of its {axes} axes")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    need = header
    size = 1
    for extent in shape:
        size *= extent
    need += size
    if len(content) != need:
        raise ValueError(f"{path}: shape {list(shape)} needs {need} bytes, the file has {len(content)}")
    return numpy.frombuffer(bytearray(content), numpy.uint8, offset=header).reshape(shape)

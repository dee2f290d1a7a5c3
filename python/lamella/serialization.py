"""save and load: PyTorch's files (.pt, .pth) and safetensors, by the file's name. Nothing is ever executed."""

from __future__ import annotations

import io
import os
import pickle
from typing import IO, Any, Callable

from lamella import _C

__all__ = ["save", "load", "CheckpointError"]

FileLike = str | os.PathLike | IO[bytes]


class CheckpointError(_C.BadFile, pickle.UnpicklingError):
    """A file that is damaged, of another kind, or needs code to load. An OSError, and also what torch raises: a
    RuntimeError and a pickle.UnpicklingError."""


def save(
    obj: Any,
    f: FileLike,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Writes `obj` to a file, whole or not at all, or to a file object.

    A name that ends in .safetensors: `obj` is a state_dict, tensors by name. Any other: PyTorch's zip format, which
    torch.load reads too; `obj` is made of dicts, lists, tuples, sets, numbers, text, bytes, dtypes and tensors.
    `pickle_module` and `pickle_protocol` are accepted and not used.

    Raises TypeError for what takes code to load again (a whole module: save model.state_dict()), ValueError for a
    container that holds itself, OSError if the file cannot be written.
    """
    if not _use_new_zipfile_serialization:
        raise NotImplementedError(
            "save: PyTorch's format before 1.6 is read and not written; leave out _use_new_zipfile_serialization=False"
        )
    if hasattr(f, "write"):
        f.write(_C._encode_pt(obj))
        return
    path = _path(f, "save")
    if not path.endswith(".safetensors"):
        _C._save_pt(path, obj)
    elif isinstance(obj, dict):
        _C._save_safetensors(path, obj)
    else:
        raise TypeError(
            f"save: a .safetensors file holds tensors by name, this is a {type(obj).__qualname__}; save "
            "model.state_dict()"
        )


def load(
    f: FileLike,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = True,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Reads what save, torch.save or safetensors wrote: a file by its name, or an open binary file.

    A file that begins as PyTorch's do is read as that whatever its name; else .safetensors names safetensors, which
    come back as an OrderedDict of tensors. Tensors that shared memory share it again. All of them come to the CPU.

    map_location: None, "cpu", or a function or dict, which have nothing to do. weights_only=False reads no more than
    True does: there is no way to run a file's code. mmap is accepted: files are read through a mapping in any case, and
    the tensors are copies.

    Raises FileNotFoundError; CheckpointError, which names the file, the place and the reason, for one that is damaged
    or holds what takes code to load (it names the class).
    """
    _check_location(map_location)
    if pickle_module is not None and weights_only:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    try:
        if hasattr(f, "read"):
            return _C._decode_pt(_read(f), str(getattr(f, "name", "the file object")))
        path = _path(f, "load")
        with open(path, "rb") as file:  # Python's own error where there is none
            begin = file.read(4)
        torch_file = begin == b"PK\x03\x04" or begin[:2] == b"\x80\x02"
        if path.endswith(".safetensors") and not torch_file:
            return _C._load_safetensors(path)
        return _C._load_pt(path)
    except _C.BadFile as error:
        raise CheckpointError(str(error)) from None


def _path(f: Any, function: str) -> str:
    if not isinstance(f, (str, os.PathLike)):
        method = "write" if function == "save" else "read"
        kind = type(f).__qualname__
        raise AttributeError(f"{function}: expected a file's name, or a file object with `{method}`, got a {kind}")
    return os.fsdecode(f)


def _read(file: IO[bytes]) -> bytes:
    data = file.read()
    if isinstance(file, io.TextIOBase) or isinstance(data, str):
        raise TypeError("load: the file is open as text; open it with mode 'rb'")
    return bytes(data)


def _check_location(map_location: Any | Callable) -> None:
    if map_location is None or callable(map_location) or isinstance(map_location, dict):
        return
    if str(map_location).split(":")[0] != "cpu":
        raise RuntimeError(
            f"load: map_location={str(map_location)!r} is a device that is not there: lamella computes on the CPU; "
            "leave it out, or pass map_location='cpu'"
        )

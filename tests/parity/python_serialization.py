"""Compares lamella.save and load with PyTorch's: each reads what the other wrote. Both have to be installed.

    pytest tests/parity/python_serialization.py
"""

import collections
import io
import pickle

import pytest

numpy = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
lamella = pytest.importorskip("lamella")

DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def plain(value):
    """Tensors of either library with all that a file keeps of them, in plain containers."""
    if isinstance(value, (torch.Tensor, lamella.Tensor)):
        kind = "Parameter" if type(value).__name__ == "Parameter" else "Tensor"
        geometry = tuple(value.shape), tuple(value.stride()), value.storage_offset()
        attributes = {name: plain(item) for name, item in value.__dict__.items()}
        return kind, str(value.dtype), geometry, value.requires_grad, value.detach().tolist(), attributes
    if isinstance(value, dict):
        attributes = {name: plain(item) for name, item in getattr(value, "__dict__", {}).items()}
        return type(value).__name__, [(key, plain(item)) for key, item in value.items()], attributes
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(item) for item in value]
    if isinstance(value, float):
        return repr(value)
    return str(value) if type(value).__name__ in ("dtype", "device") else value


def network(library):
    nn = library.nn
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    return model


def trained(library, steps=2):
    library.manual_seed(1)
    model = network(library)
    optimizer = library.optim.Adam(model.parameters(), lr=0.01)
    schedule = library.optim.lr_scheduler.StepLR(optimizer, 2)
    train(library, model, optimizer, schedule, steps)
    return model, optimizer, schedule


def train(library, model, optimizer, schedule, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(library.randn(8, 1, 4, 4)).square().mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def tensors(t):
    base = t.arange(24.0).reshape(2, 3, 4)
    result = {name: t.tensor([0, 1, 1, 0, 1]).to(getattr(t, name)) for name in DTYPES}
    tagged, named = t.ones(3), t.nn.Parameter(t.ones(2))
    tagged.tag, named.note = [1, "a"], {"b": t.zeros(1)}
    return result | {
        "view": base[1],
        "transposed": base.transpose(0, 2),
        "expanded": t.ones(1).expand(4),
        "strided": base[:, ::2],
        "channels last": t.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=t.channels_last),
        "empty": t.zeros(0, 3),
        "scalar": t.tensor(3),
        "parameter": t.nn.Parameter(t.ones(2)),
        "frozen": t.nn.Parameter(t.ones(2), requires_grad=False),
        "requires grad": t.ones(2, requires_grad=True),
        "attributes": tagged,
        "parameter with attributes": named,
        "shared": [base, base[0], base],
    }


def values(t):
    shared = [1]
    return {
        "none": None,
        "numbers": [True, 0, -1, 255, 256, 65535, 65536, 2**31, -(2**31), 2**40, 2**63, -(2**63), 2**200, -(2**200)],
        "floats": [1.5, -0.0, float("inf"), float("nan"), 5e-324],
        "complex": 1 + 2j,
        "text": ["", "héllo", "a" * 300, "\0"],
        "bytes": [b"", b"\0\xff", bytearray(b"ab\xfe")],
        "containers": [[], (), {}, [[]], (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {1, 2}],
        "torch's": [t.Size([2, 3]), t.float16, t.device("cpu"), t.device("cuda:1")],
        "dicts": [collections.OrderedDict(a=1), collections.Counter("aab"), {1: 2, (1, "x"): 3, 2.5: 1, None: 0}],
        "shared": [shared, shared],
    }


def checkpoint(t):
    model, optimizer, schedule = trained(t)
    return {"epoch": 3, "model": model.state_dict(), "optim": optimizer.state_dict(), "schedule": schedule.state_dict()}


CONTENTS = {"tensors": tensors, "values": values, "checkpoint": checkpoint, "one tensor": lambda t: t.ones(2, 3)}
contents = pytest.mark.parametrize("make", CONTENTS.values(), ids=CONTENTS)


@contents
@pytest.mark.parametrize("new_format", [True, False], ids=["zip", "before 1.6"])
def test_lamella_reads_what_torch_writes(make, new_format, tmp_path):
    value = make(torch)
    torch.save(value, tmp_path / "x.pt", _use_new_zipfile_serialization=new_format)
    assert plain(lamella.load(tmp_path / "x.pt")) == plain(value)


@contents
@pytest.mark.parametrize("mmap", [False, True])
def test_torch_reads_what_lamella_writes(make, mmap, tmp_path):
    value = make(lamella)
    lamella.save(value, tmp_path / "x.pt")
    assert plain(torch.load(tmp_path / "x.pt", weights_only=True, mmap=mmap)) == plain(value)


@contents
def test_file_objects(make):
    file = io.BytesIO()
    lamella.save(make(lamella), file)
    assert plain(torch.load(io.BytesIO(file.getvalue()))) == plain(lamella.load(io.BytesIO(file.getvalue())))
    file = io.BytesIO()
    torch.save(make(torch), file)
    file.seek(0)
    assert plain(lamella.load(file)) == plain(make(torch))


def test_sharing_crosses(tmp_path):
    lamella.save(tensors(lamella), tmp_path / "x.pt")
    read = torch.load(tmp_path / "x.pt")
    assert read["shared"][0] is read["shared"][2]
    assert read["view"].untyped_storage().data_ptr() == read["transposed"].untyped_storage().data_ptr()
    torch.save(tensors(torch), tmp_path / "y.pt")
    read = lamella.load(tmp_path / "y.pt")
    assert read["shared"][0] is read["shared"][2]
    read["view"].fill_(5.0)
    assert (read["shared"][0][1] == 5).all()


@pytest.mark.parametrize("first, second", [(torch, lamella), (lamella, torch)], ids=["torch first", "lamella first"])
def test_training_goes_on_in_the_other_library(first, second, tmp_path):
    model, optimizer, schedule = trained(first)
    state = {"model": model.state_dict(), "optim": optimizer.state_dict(), "schedule": schedule.state_dict()}
    first.save(state, tmp_path / "x.pt")
    first.manual_seed(9)
    expected = train(first, model, optimizer, schedule, 5)

    model, optimizer, schedule = trained(second, steps=0)
    state = second.load(tmp_path / "x.pt")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optim"])
    schedule.load_state_dict(state["schedule"])
    second.manual_seed(9)
    # Single roundings of float32, grown over a few steps of Adam.
    assert train(second, model, optimizer, schedule, 5) == pytest.approx(expected, rel=1e-4)


def test_what_torch_refuses_is_refused(tmp_path):
    class Local:
        pass

    files = {
        "module": torch.nn.Linear(1, 1),
        "numpy": {"loss": numpy.float64(1)},
        "array": numpy.ones(3),
        "function": torch.nn.functional.relu,
        "default dict": collections.defaultdict(int),
    }
    for name, value in files.items():
        torch.save(value, tmp_path / name)
        with pytest.raises(pickle.UnpicklingError):
            torch.load(tmp_path / name, weights_only=True)
        for weights_only in (True, False):
            with pytest.raises(pickle.UnpicklingError, match="takes code to load"):
                lamella.load(tmp_path / name, weights_only=weights_only)
    for value in (torch.ones(2, dtype=torch.complex64), torch.eye(2).to_sparse()):
        torch.save(value, tmp_path / "x.pt")
        with pytest.raises(RuntimeError, match="which lamella lacks"):
            lamella.load(tmp_path / "x.pt")


def test_errors_are_of_torchs_kinds(tmp_path):
    for library in (torch, lamella):
        with pytest.raises(FileNotFoundError):
            library.load(tmp_path / "none.pt")
        (tmp_path / "bad.pt").write_bytes(b"PK\x03\x04 and nothing more")
        with pytest.raises(RuntimeError):
            library.load(tmp_path / "bad.pt")
        (tmp_path / "bad.pt").write_bytes(b"ncn")
        with pytest.raises(pickle.UnpicklingError):
            library.load(tmp_path / "bad.pt")
        with pytest.raises(RuntimeError):
            library.save(library.ones(1), tmp_path / "no folder" / "x.pt")
        with pytest.raises(AttributeError):
            library.load(5)

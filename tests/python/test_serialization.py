"""save and load: what comes back, what a file cannot hold, and what is done about damaged files."""

import collections
import io
import pickle

import pytest

import lamella
import lamella.nn as nn


def round_trip(value):
    file = io.BytesIO()
    lamella.save(value, file)
    file.seek(0)
    return lamella.load(file)


def test_a_state_dict_comes_back(tmp_path):
    model, other = nn.Linear(3, 2), nn.Linear(3, 2)
    lamella.save(model.state_dict(), tmp_path / "model.pt")
    state = lamella.load(tmp_path / "model.pt", map_location="cpu", weights_only=True)
    assert type(state) is collections.OrderedDict and list(state) == ["weight", "bias"]
    assert state._metadata[""] == {"version": 1}
    other.load_state_dict(state)
    assert lamella.equal(other.weight, model.weight)


def test_a_checkpoint_comes_back(tmp_path):
    model = nn.Linear(3, 2)
    optimizer = lamella.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(lamella.ones(1, 3)).sum().backward()
    optimizer.step()
    lamella.save({"epoch": 7, "model": model.state_dict(), "optim": optimizer.state_dict()}, str(tmp_path / "c.pth"))
    back = lamella.load(tmp_path / "c.pth")
    assert back["epoch"] == 7
    optimizer.load_state_dict(back["optim"])
    assert lamella.equal(back["optim"]["state"][0]["momentum_buffer"], model.weight.grad)


def test_what_is_shared_stays_shared():
    base = lamella.arange(6.0).reshape(2, 3)
    items = [1]
    first, row, again, items_1, items_2 = round_trip([base, base[1], base, items, items])
    assert first is again and items_1 is items_2
    row.zero_()
    assert first.tolist() == [[0, 1, 2], [0, 0, 0]]
    assert round_trip(base.t()).stride() == (1, 3)


def test_parameters_and_gradients():
    parameter, frozen, leaf = round_trip(
        [nn.Parameter(lamella.ones(2)), nn.Parameter(lamella.ones(2), False), lamella.ones(1, requires_grad=True)]
    )
    assert isinstance(parameter, nn.Parameter) and parameter.requires_grad
    assert isinstance(frozen, nn.Parameter) and not frozen.requires_grad
    assert type(leaf) is lamella.Tensor and leaf.requires_grad and leaf.is_leaf


def test_safetensors_by_the_name(tmp_path):
    state = {"b": lamella.arange(4).reshape(2, 2).t(), "a": lamella.ones(2, dtype=lamella.bfloat16)}
    lamella.save(state, tmp_path / "m.safetensors")
    back = lamella.load(tmp_path / "m.safetensors")
    assert sorted(back) == ["a", "b"]
    assert lamella.equal(back["b"], state["b"]) and back["a"].dtype is lamella.bfloat16
    with pytest.raises(TypeError, match="the entry 'x' is a dict. Save nested checkpoints as .pt"):
        lamella.save({"x": {}}, tmp_path / "m.safetensors")
    with pytest.raises(TypeError, match="save model.state_dict()"):
        lamella.save(nn.ReLU(), tmp_path / "m.safetensors")


def test_a_torch_file_is_read_whatever_its_name(tmp_path):
    lamella.save({"a": 1}, tmp_path / "m.pt")
    (tmp_path / "m.pt").rename(tmp_path / "m.safetensors")
    assert lamella.load(tmp_path / "m.safetensors") == {"a": 1}


@pytest.mark.parametrize(
    "value, text",
    [
        (nn.ReLU(), r"the object is a .*ReLU, a whole module, .* save\(model.state_dict\(\), f\)"),
        ({"m": [nn.ReLU()]}, r"obj\['m'\]\[0\] is a .*ReLU, a whole module"),
        ({"f": print}, r"obj\['f'\] is a builtins.builtin_function_or_method, which a file of data cannot hold"),
        ({"d": collections.defaultdict(int)}, r"save dict\(x\)"),
    ],
)
def test_what_takes_code_is_not_saved(value, text, tmp_path):
    with pytest.raises(TypeError, match=text):
        lamella.save(value, tmp_path / "x.pt")
    assert not (tmp_path / "x.pt").exists()


def test_numpy_values_are_not_saved():
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match=r"save from_numpy\(x\) instead"):
        round_trip(numpy.ones(2))
    with pytest.raises(TypeError, match=r"save x.item\(\) instead"):
        round_trip(numpy.float32(1))


def test_what_holds_itself_is_not_saved():
    circle = []
    circle.append([circle])
    with pytest.raises(ValueError, match="holds itself"):
        round_trip(circle)
    deep = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(ValueError, match="deeper than 100"):
        round_trip(deep)


def test_nothing_is_executed(tmp_path):
    class Attack:
        def __reduce__(self):
            return (open, (str(tmp_path / "made"), "w"))

    pickled = pickle.dumps(Attack(), protocol=2)
    file = io.BytesIO()
    lamella.save("x", file)
    sound = file.getvalue()
    with pytest.raises(pickle.UnpicklingError):
        lamella.load(io.BytesIO(pickled))
    zipfile = pytest.importorskip("zipfile")
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, pickled if name.endswith("data.pkl") else old.read(name))
    for weights_only in (True, False):
        with pytest.raises(pickle.UnpicklingError, match="io.open, which takes code to load, and no code"):
            lamella.load(io.BytesIO(file.getvalue()), weights_only=weights_only)
    assert not (tmp_path / "made").exists()


def test_damage_is_named(tmp_path):
    path = tmp_path / "x.pt"
    lamella.save({"w": lamella.ones(100)}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(OSError, match=f"x.pt: cut short at byte {len(whole) - 1}"):
        lamella.load(path)
    at = whole.index(b"\0\0\x80\x3f")
    path.write_bytes(whole[: at + 2] + b"\x81" + whole[at + 3 :])
    with pytest.raises(RuntimeError, match="the entry 'x/data/0' is damaged"):
        lamella.load(path)
    path.write_bytes(b"")
    with pytest.raises(lamella.serialization.CheckpointError, match="the file is empty"):
        lamella.load(path)
    with pytest.raises(FileNotFoundError):
        lamella.load(tmp_path / "none.pt")


def test_arguments():
    file = io.BytesIO()
    lamella.save(lamella.ones(1), file)
    for location in (None, "cpu", lamella.device("cpu"), lambda storage, place: storage, {"cuda:0": "cpu"}):
        assert lamella.load(io.BytesIO(file.getvalue()), map_location=location).item() == 1
    with pytest.raises(RuntimeError, match="map_location='cuda:0' is a device that is not there"):
        lamella.load(io.BytesIO(file.getvalue()), map_location="cuda:0")
    with pytest.raises(TypeError, match="mode 'rb'"):
        lamella.load(io.StringIO("x"))
    with pytest.raises(AttributeError, match="expected a file's name"):
        lamella.save(1, 2)

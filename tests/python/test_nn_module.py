"""nn.Module: what is registered where, state dicts, copies, and errors that say where they happened."""

import copy
import gc
import pickle
import weakref

import pytest

import lamella as torch
from lamella import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU())
        self.fc = nn.Linear(2, 3)
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))


def test_attributes_are_registered_by_their_kind():
    net = Net()
    assert [name for name, _ in net.named_children()] == ["features", "fc"]
    assert [name for name, _ in net.named_parameters()][:2] == ["features.0.weight", "features.0.bias"]
    assert "seen" in dict(net.named_buffers()) and "features.1.running_mean" in net.state_dict()
    net.fc = nn.Identity()
    assert isinstance(net.fc, nn.Identity) and len(list(net.parameters())) == 4
    del net.fc
    assert not hasattr(net, "fc")


def test_a_parameter_is_one_object_however_it_is_reached():
    net = Net()
    weight = net.fc.weight
    assert weight is net.get_parameter("fc.weight") is dict(net.named_parameters())["fc.weight"]
    net.double()
    assert net.fc.weight is weight and weight.dtype is torch.float64


def test_writes_to_the_slots_are_seen_as_attributes():
    layer = nn.Linear(2, 2)
    layer._parameters["weight"] = nn.Parameter(torch.zeros(2, 2))
    assert torch.equal(layer.weight, torch.zeros(2, 2))
    del layer._parameters["weight"]
    layer.weight = torch.ones(2, 2)  # a plain tensor now, as weight normalisation does it
    assert "weight" not in layer.state_dict() and layer(torch.ones(1, 2)).shape == (1, 2)


def test_a_module_is_freed_with_its_last_user():
    gc.disable()
    try:
        gone = weakref.ref(net := Net())
        del net
        assert gone() is None
    finally:
        gc.enable()


def test_parameters_share_memory_with_their_data():
    data = torch.ones(2)
    parameter = nn.Parameter(data)
    data[0] = 5
    assert parameter[0].item() == 5 and parameter.is_leaf and parameter.requires_grad
    assert str(parameter).startswith("Parameter containing:\ntensor(")


def test_copies_and_pickles_are_independent():
    net = Net()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert torch.equal(twin.fc.weight, net.fc.weight) and isinstance(twin.fc.weight, nn.Parameter)
        with torch.no_grad():
            twin.fc.weight.zero_()
        twin._parameters["late"] = nn.Parameter(torch.ones(1))
        assert twin.late is not None and not hasattr(net, "late")
        assert net.fc.weight.abs().sum().item() > 0


def test_shared_modules_stay_shared_in_a_copy():
    net = Net()
    net.again = net.fc
    twin = copy.deepcopy(net)
    assert twin.again is twin.fc is not net.fc
    assert len(list(twin.parameters())) == len(list(net.parameters()))


@pytest.mark.parametrize("assign", (False, True))
def test_state_dicts_go_from_one_module_to_another(assign):
    first, second = Net(), Net()
    assert str(second.load_state_dict(first.state_dict(), assign=assign)) == "<All keys matched successfully>"
    assert all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values()))
    assert isinstance(second.fc.weight, nn.Parameter) and second.fc.weight.requires_grad


def test_loading_reports_everything_at_once():
    net = Net()
    state = net.state_dict()
    state["fc.weight"] = torch.ones(3, 4)
    state["other.weight"] = state.pop("fc.bias")
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    assert text.startswith("Error(s) in loading state_dict for Net:")
    assert 'Missing key(s) in state_dict: "fc.bias"' in text
    assert 'Unexpected key(s) in state_dict: "other.weight"' in text
    assert "size mismatch for fc.weight" in text and "[3, 4]" in text and "[3, 2]" in text


def test_a_prefix_of_all_keys_is_one_mistake():
    net = Net()
    with pytest.raises(RuntimeError, match='every key of the state_dict has the prefix "module."; strip it'):
        net.load_state_dict(nn.DataParallel(net).state_dict())
    with pytest.raises(RuntimeError, match='every key of the state_dict lacks the prefix "module."; add it'):
        nn.DataParallel(net).load_state_dict(net.state_dict())


def test_errors_begin_with_the_layers_path():
    net = Net()
    with pytest.raises(RuntimeError, match=r"^features\.0 \(Conv2d\): the input has 4 channels"):
        net(torch.ones(1, 4, 5, 5))
    net.features.insert(1, nn.Sequential(nn.Identity(), nn.MaxPool2d(9)))
    with pytest.raises(RuntimeError, match=r"^features\.1\.1 \(MaxPool2d\): "):
        net(torch.ones(1, 1, 5, 5))
    with pytest.raises(RuntimeError, match=r"^Linear: got 5 features, expects 2"):
        nn.Linear(2, 2)(torch.ones(1, 5))


def test_grandchildren_that_are_called_directly_have_their_whole_path():
    class Blocks(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList([nn.Linear(2, 2), nn.Linear(3, 2)])

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return x

    with pytest.raises(RuntimeError, match=r"^blocks\.1 \(Linear\): got 2 features, expects 3"):
        Blocks()(torch.ones(1, 2))


def test_other_peoples_exceptions_are_left_alone():
    class Fails(nn.Module):
        def forward(self, x):
            raise ValueError("mine")

    with pytest.raises(ValueError, match="^mine$"):
        nn.Sequential(Fails())(torch.ones(1))


def test_a_missing_argument_is_asked_of_the_layer_by_name():
    with pytest.raises(TypeError, match=r"^Conv2d.__init__\(\) missing 1 required positional argument: 'kernel_size'"):
        nn.Conv2d(1, 2)


@pytest.mark.parametrize(
    "assign, text",
    (
        (lambda net: setattr(net.fc, "weight", torch.ones(3, 2)), "cannot assign 'Tensor' as parameter 'weight'"),
        (lambda net: setattr(net, "fc", 3), "cannot assign 'int' as child module 'fc'"),
        (lambda net: setattr(net, "seen", "text"), "cannot assign 'str' as buffer 'seen'"),
        (lambda net: net.register_buffer("fc", torch.ones(1)), "attribute 'fc' already exists"),
        (lambda net: net.add_module("a.b", nn.ReLU()), "module name can"),
        (lambda net: net.missing, "'Net' object has no attribute 'missing'"),
    ),
)
def test_wrong_registrations_say_what_is_wrong(assign, text):
    with pytest.raises((TypeError, KeyError, AttributeError), match=text):
        assign(Net())


def test_registration_needs_the_base_to_be_initialised():
    class Early(nn.Module):
        def __init__(self):
            self.layer = nn.ReLU()

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
        Early()


def test_lazy_layers_become_what_they_stand_for():
    net = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    twin = copy.deepcopy(net)
    assert net(torch.ones(2, 3, 5, 5)).shape == (2, 2)
    assert [type(layer) for layer in net] == [nn.Conv2d, nn.BatchNorm2d, nn.Flatten, nn.Linear]
    assert net[0].in_channels == 3 and net[3].in_features == 36 and type(net[0].weight) is nn.Parameter
    twin.load_state_dict(net.state_dict())
    assert torch.equal(twin.eval()(torch.ones(1, 3, 5, 5)), net.eval()(torch.ones(1, 3, 5, 5)))


def test_sequential_is_a_list():
    net = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    assert isinstance(net[-1], nn.Sigmoid) and len(net[1:]) == 2
    del net[1]
    net.insert(0, nn.Identity()).append(nn.ReLU())
    assert [type(layer).__name__ for layer in net] == ["Identity", "ReLU", "Sigmoid", "ReLU"]
    assert list(net._modules) == ["0", "1", "2", "3"]


def test_equal_neighbours_in_a_list_are_printed_once():
    text = repr(nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()]))
    assert text == "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n)"


def test_a_copy_by_a_setstate_of_ones_own_is_whole():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(1, 1)
            self.register_buffer("seen", torch.zeros(1))

        def __getstate__(self):
            return dict(self.__dict__)

        def __setstate__(self, state):
            self.__dict__.update(state)

    first = Own()
    twin = copy.deepcopy(first)
    twin.layer = nn.Identity()
    twin.double()
    assert isinstance(twin.layer, nn.Identity) and twin.seen.dtype is torch.float64
    assert isinstance(first.layer, nn.Linear) and first.seen.dtype is torch.float32

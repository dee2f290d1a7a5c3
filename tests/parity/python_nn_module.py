"""Compares nn.Module itself with PyTorch's: registration, traversal, state, hooks, containers. Both are needed.

    pytest tests/parity/python_nn_module.py

Each case is a function of a library that returns what can be compared; it runs with lamella and with torch.
"""

import copy
import pickle
import warnings
from collections import OrderedDict

import pytest

torch = pytest.importorskip("torch")
lamella = pytest.importorskip("lamella")


def plain(value):
    """Tensors as lists, modules as text: what both libraries can agree on."""
    if isinstance(value, (torch.Tensor, lamella.Tensor)):
        values = value.detach().tolist()
        rounded = [round(x, 5) for x in values] if value.ndim == 1 else values
        return str(value.dtype), tuple(value.shape), rounded if value.ndim < 2 else None
    if isinstance(value, dict):
        return [(key, plain(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (torch.nn.Module, lamella.nn.Module)):
        return repr(value)
    return value


def raised(action):
    """The kind of what an action raises, or its result."""
    try:
        return plain(action())
    except Exception as error:
        for kind in (KeyError, IndexError, AttributeError, TypeError, ValueError, NotImplementedError):
            if isinstance(error, kind):
                return kind.__name__
        return "RuntimeError"


CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def net(lib):
    """Conv and norm, a shared layer, a buffer of each kind."""
    nn = lib.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU())
            self.fc = nn.Linear(2, 2)
            self.tied = self.fc
            self.absent = None
            self.scale = nn.Parameter(lib.ones(2))
            self.register_buffer("seen", lib.zeros(2))
            self.register_buffer("cache", lib.ones(1), persistent=False)
            self.register_parameter("nothing", None)

        def forward(self, x, gain=1.0):
            return self.tied(self.fc(self.features(x).mean((2, 3)))) * self.scale * gain

    lib.manual_seed(0)
    return Net()


@case
def traversal(lib):
    m = net(lib)
    return [
        [name for name, _ in m.named_modules()],
        [name for name, _ in m.named_modules(remove_duplicate=False)],
        [name for name, _ in m.named_modules(prefix="net")],
        [name for name, _ in m.named_children()],
        [name for name, _ in m.named_parameters()],
        [name for name, _ in m.named_parameters(remove_duplicate=False)],
        [name for name, _ in m.named_parameters("p", recurse=False)],
        [name for name, _ in m.named_buffers()],
        len(list(m.parameters())), len(list(m.buffers())), len(list(m.modules())), len(list(m.children())),
        [n for n in dir(m) if n in ("features", "scale", "seen", "nothing", "absent", "training")],
        repr(m),
    ]  # fmt: skip


@case
def lookups(lib):
    m = net(lib)
    return [
        m.get_submodule("features.1"), m.get_submodule("") is m, m.get_parameter("features.0.bias").shape == (2,),
        m.get_buffer("features.1.running_var"),
        raised(lambda: m.get_submodule("features.9")), raised(lambda: m.get_submodule("scale")),
        raised(lambda: m.get_parameter("seen")), raised(lambda: m.get_buffer("scale")),
        raised(lambda: m.get_parameter("features.0.none")), raised(lambda: m.foo),
        m.set_submodule("features.0", lib.nn.Identity()), m.features[0],
        m.set_submodule("new", lib.nn.Identity()), m.new,
        raised(lambda: m.set_submodule("other", lib.nn.Identity(), strict=True)),
        raised(lambda: m.set_submodule("", lib.nn.Identity())), raised(lambda: m.set_submodule("fc", 3)),
    ]  # fmt: skip


@case
def assignment(lib):
    nn, m = lib.nn, net(lib)
    steps = []

    def note(what):
        steps.append(
            (what, list(m._parameters), list(m._buffers), list(m._modules), sorted(m._non_persistent_buffers_set))
        )

    note("start")
    m.fc = nn.Identity()
    note("child replaced")
    m.fc = None
    note("child dropped")
    m.scale = None
    note("parameter none")
    m.scale = nn.Parameter(lib.zeros(3))
    note("parameter again")
    m.seen = lib.ones(4)
    note("buffer written")
    m.seen = nn.Parameter(lib.ones(1))
    note("buffer becomes parameter")
    m.absent = nn.Linear(1, 1)
    note("attribute becomes child")
    m.absent = nn.Parameter(lib.ones(1))
    note("child becomes parameter")
    m.cache = nn.Buffer(lib.ones(2))
    note("buffer by class")
    m.late = nn.Buffer(lib.ones(2), persistent=False)
    note("new buffer by class")
    del m.scale, m.cache, m.tied
    note("deleted")
    m.plain = lib.ones(1)
    m.__dict__["hidden"] = 3
    note("plain tensor")
    return (
        steps,
        raised(lambda: setattr(m, "absent", lib.ones(1))),
        raised(lambda: setattr(m, "features", 3)),
        raised(lambda: setattr(m, "late", "text")),
        m.hidden,
        hasattr(m, "scale"),
        raised(lambda: delattr(m, "scale")),
    )


@case
def registration_errors(lib):
    nn = lib.nn

    class Early(nn.Module):
        def __init__(self, value):
            self.value = value

    def on(action):
        return raised(lambda: action(nn.Linear(1, 1)))

    return [
        raised(lambda: Early(nn.Linear(1, 1))), raised(lambda: Early(nn.Parameter(lib.ones(1)))),
        on(lambda m: m.register_buffer("weight", lib.ones(1))), on(lambda m: m.register_buffer("a.b", lib.ones(1))),
        on(lambda m: m.register_buffer("", lib.ones(1))), on(lambda m: m.register_buffer(3, lib.ones(1))),
        on(lambda m: m.register_buffer("x", 3)), on(lambda m: m.register_parameter("x", lib.ones(1))),
        on(lambda m: m.register_parameter("forward", None)), on(lambda m: m.add_module("x", 3)),
        on(lambda m: m.register_parameter("x", m.weight * 2)), on(lambda m: m.add_module("a.b", nn.ReLU())),
        raised(lambda: nn.Module()(3)), raised(lambda: nn.Module(3)), on(lambda m: m.train(3)),
        on(lambda m: m.to(lib.int64)),
        on(lambda m: m.load_state_dict(3)), on(lambda m: m.get_extra_state()),
    ]  # fmt: skip


@case
def slots_are_honoured(lib):
    m = lib.nn.Linear(2, 2)
    other = lib.nn.Parameter(lib.zeros(2, 2))
    m._parameters["weight"] = other
    first = m.weight is other
    del m._parameters["bias"]
    m.bias = lib.ones(2)
    m._modules["act"] = lib.nn.ReLU()
    m._buffers["b"] = lib.ones(1)
    m._parameters.pop("weight")
    return first, m.bias, m.act, m.b, hasattr(m, "weight"), isinstance(m._parameters, dict), dict(m._parameters)


@case
def conversions(lib):
    m = net(lib)
    parameter = m.scale
    parameter.grad = lib.ones(2)
    out = [m.double() is m, m.scale is parameter, str(parameter.dtype), str(parameter.grad.dtype), str(m.seen.dtype)]
    out += [str(m.features[1].num_batches_tracked.dtype)]
    out += [str(m.to(lib.float32).scale.dtype), str(m.half().scale.dtype), str(m.bfloat16().seen.dtype)]
    out += [str(m.to("cpu", lib.float64).scale.dtype), str(m.to(lib.ones(1)).scale.dtype), str(m.float().seen.dtype)]
    out += [
        m.cpu() is m,
        m.to_empty(device="cpu") is m,
        m.type(lib.float64).features[1].num_batches_tracked.dtype is lib.float64,
    ]
    x = lib.nn.Conv2d(2, 2, 3).to(memory_format=lib.channels_last).weight
    return out, x.is_contiguous(memory_format=lib.channels_last), m.share_memory() is m, m.compile()


@case
def modes_and_gradients(lib):
    m = net(lib)
    out = [m.eval().features[1].training, m.train().features[1].training, m.requires_grad_(False).scale.requires_grad]
    m.requires_grad_(True)
    m(lib.ones(2, 1, 4, 4)).sum().backward()
    m.zero_grad(set_to_none=False)
    out += [m.scale.grad]
    m.zero_grad()
    order = []
    m.apply(lambda module: order.append(type(module).__name__))
    return out, m.scale.grad, order


@case
def state(lib):
    m = net(lib)
    keys = list(m.state_dict())
    prefixed = list(m.state_dict(prefix="net."))
    kept = m.state_dict(keep_vars=True)["scale"] is m.scale
    detached = m.state_dict()["scale"].requires_grad
    metadata = {key: dict(value) for key, value in m.state_dict()._metadata.items()}
    into = OrderedDict()
    m.state_dict(destination=into)
    return keys, prefixed, kept, detached, metadata, list(into)


@case
def loading(lib):
    m, other = net(lib), net(lib)
    with lib.no_grad():
        other.scale.fill_(3)
    report = m.load_state_dict(other.state_dict())
    given = other.state_dict()
    del given["scale"], given["fc.bias"]
    given["extra"] = lib.ones(1)
    given["features.0.more"] = lib.ones(1)
    loose = m.load_state_dict(given, strict=False)
    assigned = {**other.state_dict(), "scale": lib.full((2,), 7.0)}
    m.load_state_dict(assigned, assign=True)
    return [
        repr(report), loose.missing_keys, loose.unexpected_keys, repr(loose), m.scale, type(m.scale).__name__,
        m.scale.requires_grad, raised(lambda: m.load_state_dict(given)),
        raised(lambda: m.load_state_dict({**other.state_dict(), "scale": lib.ones(3)})),
        raised(lambda: m.load_state_dict({**other.state_dict(), "scale": lib.ones(3)}, strict=False)),
        raised(lambda: m.load_state_dict({**other.state_dict(), "scale": "text"})),
        repr(m.load_state_dict({k: v for k, v in other.state_dict().items() if "tracked" not in k})),
    ]  # fmt: skip


@case
def extra_state(lib):
    class Counter(lib.nn.Module):
        count = 0

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    a, b = lib.nn.Sequential(Counter()), lib.nn.Sequential(Counter())
    a[0].count = 5
    b.load_state_dict(a.state_dict())
    return list(a.state_dict()), b[0].count, b.load_state_dict({}, strict=False).missing_keys


def recorder():
    calls = []

    def hook(name, result=None):
        def record(module, *values):
            calls.append((name, type(module).__name__, [plain(value) for value in values]))
            return result(*values) if callable(result) else result

        return record

    return calls, hook


@case
def forward_hooks(lib):
    calls, hook = recorder()
    m = lib.nn.Sequential(lib.nn.ReLU(), lib.nn.Tanh())
    m.register_forward_hook(hook("b"))
    m.register_forward_hook(hook("a"), prepend=True)
    m.register_forward_hook(hook("kw", lambda args, kwargs, out: out + 1), with_kwargs=True)
    m.register_forward_pre_hook(hook("pre"))
    m.register_forward_pre_hook(
        hook("pre kw", lambda args, kwargs: ((args[0] * 2,), kwargs)), with_kwargs=True, prepend=True
    )
    m[0].register_forward_pre_hook(hook("child pre", lambda args: args[0] + 1))
    handle = m[1].register_forward_hook(hook("child"))
    out = [m(lib.ones(2))]
    handle.remove()
    handle.remove()
    with m[1].register_forward_hook(hook("with")):
        m(input=lib.ones(2)) if False else m(lib.zeros(2))
    out.append(m(lib.zeros(2)))
    return calls, out, len(m._forward_hooks), len(m[1]._forward_hooks)


@case
def hooks_always_called(lib):
    calls, hook = recorder()

    class Fails(lib.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    m = Fails()
    m.register_forward_hook(hook("never"))
    m.register_forward_hook(hook("always"), always_call=True)
    m.register_forward_hook(hook("always kw"), always_call=True, with_kwargs=True)
    with lib.nn.modules.module.register_module_forward_hook(hook("global"), always_call=True):
        kind = raised(lambda: m(lib.ones(1)))
    return kind, calls


@case
def bad_hooks(lib):
    m = lib.nn.ReLU()
    m.register_forward_pre_hook(lambda module, args, kwargs: 3, with_kwargs=True)
    n = lib.nn.ReLU()
    n.register_full_backward_hook(lambda module, grad_in, grad_out: (None, None))
    x = lib.ones(2, requires_grad=True)
    return raised(lambda: m(x)), raised(lambda: n(x).sum().backward())


@case
def global_hooks(lib):
    calls, hook = recorder()
    of_all = lib.nn.modules.module
    handles = [
        of_all.register_module_forward_pre_hook(hook("pre")),
        of_all.register_module_forward_hook(hook("forward")),
        of_all.register_module_full_backward_pre_hook(hook("backward pre")),
        of_all.register_module_full_backward_hook(hook("backward")),
    ]
    m = lib.nn.Sequential(lib.nn.ReLU(), lib.nn.Hardtanh(-9, 9))
    m[0].register_forward_hook(hook("own"))
    x = lib.tensor([1.0, -1.0], requires_grad=True)
    m(x).sum().backward()
    for handle in handles:
        handle.remove()
    m(x)
    return calls, x.grad


@case
def backward_hooks(lib):
    calls, hook = recorder()

    class Two(lib.nn.Module):
        def forward(self, a, n, b):
            return a * b, n, a + b

    m = Two()
    m.register_full_backward_hook(hook("second", lambda gi, go: (gi[0] * 2, None, gi[2])))
    m.register_full_backward_hook(hook("first"), prepend=True)
    m.register_full_backward_pre_hook(hook("pre", lambda go: (go[0] * 10, None, go[2])))
    a, b = lib.tensor([1.0, 2.0], requires_grad=True), lib.tensor([3.0, 4.0], requires_grad=True)
    product, _, total = m(a, 3, b)
    (product.sum() + total.sum() * 2).backward()
    return calls, a.grad, b.grad


@case
def backward_hooks_without_input_gradients(lib):
    calls, hook = recorder()
    lib.manual_seed(0)
    m = lib.nn.Linear(2, 1)
    m.register_full_backward_hook(hook("full"))
    m(lib.ones(1, 2)).sum().backward()
    with lib.no_grad():
        m(lib.ones(1, 2))
    m.register_full_backward_pre_hook(hook("pre", lambda go: (go[0] * 3,)))
    m.zero_grad()
    x = lib.ones(1, 2, requires_grad=True)
    m(x).sum().backward()
    return calls, m.bias.grad, m.weight.grad.sum()


@case
def state_hooks(lib):
    calls = []
    m, other = net(lib), net(lib)
    m.register_state_dict_pre_hook(lambda module, prefix, keep: calls.append(("pre", prefix, keep)))
    m.fc.register_state_dict_post_hook(lambda module, state, prefix, meta: state.__delitem__(prefix + "bias"))
    m.fc._register_state_dict_hook(lambda module, state, prefix, meta: calls.append(("private", prefix)))
    keys = list(m.state_dict())

    def rename(module, state, prefix, metadata, strict, missing, unexpected, errors):
        calls.append(("load pre", prefix, strict, len(missing)))
        state["scale"] = state.pop("gain")

    def forgive(module, keys):
        calls.append(("load post", list(keys.missing_keys), list(keys.unexpected_keys)))
        keys.missing_keys.clear()

    other.register_load_state_dict_pre_hook(rename)
    other.fc._register_load_state_dict_pre_hook(lambda state, prefix, *rest: calls.append(("short", prefix)))
    other.register_load_state_dict_post_hook(forgive)
    given = net(lib).state_dict()
    given["gain"] = given.pop("scale")
    del given["fc.bias"]
    return keys, repr(other.load_state_dict(given)), calls


@case
def registration_hooks(lib):
    of_all, seen = lib.nn.modules.module, []
    handles = [
        of_all.register_module_module_registration_hook(lambda m, name, child: seen.append((name, repr(child)))),
        of_all.register_module_parameter_registration_hook(lambda m, name, p: seen.append((name, p is None))),
        of_all.register_module_buffer_registration_hook(lambda m, name, b: seen.append((name, b is None))),
    ]
    lib.nn.Sequential(lib.nn.BatchNorm1d(2, affine=False))
    for handle in handles:
        handle.remove()
    lib.nn.Linear(1, 1)
    return seen


@case
def copies(lib):
    m = net(lib)
    m.register_forward_hook(lambda module, args, out: out + 100)
    m.note = {"a": [1]}
    twin = copy.deepcopy(m)
    shallow = copy.copy(m)
    twin.note["a"].append(2)
    with lib.no_grad():
        twin.scale.fill_(9)
    twin.fc = lib.nn.Identity()
    return [
        m.note, twin.note, m.scale, twin.scale, type(twin.scale).__name__, twin.tied is not m.tied,
        len(twin._forward_hooks),
        shallow.scale is m.scale, shallow.fc is m.fc, list(twin._modules), list(m._modules), twin.cache is not m.cache,
        twin.eval()(lib.ones(1, 1, 4, 4))[0, 0].item() > 50,
    ]  # fmt: skip


@case
def pickles(lib):
    m = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.ModuleDict({"a": lib.nn.ReLU()}), lib.nn.BatchNorm1d(2))
    m[0].weight.requires_grad_(False)
    twin = pickle.loads(pickle.dumps(m))
    twin[0]._parameters["bias"] = None
    return twin, twin[0].weight.requires_grad, twin[0].bias, list(twin.state_dict()), type(m[0].weight).__name__


@case
def sequential(lib):
    nn = lib.nn
    s = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh(), c=nn.Flatten()))
    out = [s[0], s[-1], s[1:], s["a"] if False else s.a, len(s), [type(x).__name__ for x in s], list(s[::2]._modules)]
    s[1] = nn.ELU()
    out += [repr(s), raised(lambda: s[3]), raised(lambda: s[-4])]
    del s[0]
    out += [repr(s), repr(s.append(nn.GELU())), repr(s.insert(0, nn.Identity())), repr(s.extend([nn.ReLU()]))]
    out += [s.pop(0), s.pop(-1), repr(s), repr(s + nn.Sequential(nn.ReLU())), repr(s * 2), raised(lambda: s * 0)]
    s += nn.Sequential(nn.SELU())
    s *= 2
    del s[1:3]
    return (
        out,
        repr(s),
        raised(lambda: s + 3),
        raised(lambda: nn.Sequential(3)),
        nn.Sequential(),
        raised(lambda: s.insert(9, nn.ReLU())),
        s.insert(-1, nn.Tanh()),
    )


@case
def module_list(lib):
    nn = lib.nn
    m = nn.ModuleList([nn.Linear(1, 1) for _ in range(3)] + [nn.ReLU()])
    out = [repr(m), m[1:3], m[-1], len(m), raised(lambda: m[7]), raised(lambda: m(3)), nn.ReLU() in m, m[0] in m]
    m.append(nn.Tanh()).extend([nn.ELU()])
    m.insert(1, nn.SiLU())
    del m[0]
    m[0] = nn.GELU()
    out += [
        repr(m),
        m.pop(1),
        repr(m + [nn.ReLU()]),
        nn.ModuleList(),
        raised(lambda: m.extend(3)),
        [n for n in dir(m) if n == "0"],
    ]
    m += [nn.ReLU()]
    m.insert(99, nn.Mish())
    return out, repr(m), list(m.state_dict())


@case
def module_dict(lib):
    nn = lib.nn
    m = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Linear(1, 1)})
    m["c"] = nn.Tanh()
    m.update([["d", nn.ELU()]])
    m.update(nn.ModuleDict({"a": nn.SiLU()}))
    out = [
        repr(m),
        "a" in m,
        len(m),
        list(m),
        list(m.keys()),
        [k for k, _ in m.items()],
        len(m.values()),
        m.pop("a"),
        m["b"],
    ]
    del m["b"]
    out += [
        repr(m),
        raised(lambda: m["zz"]),
        raised(lambda: m.update(3)),
        raised(lambda: m.update([3])),
        raised(lambda: nn.ModuleDict({"keys": nn.ReLU()})),
        raised(lambda: m.pop("q")),
    ]
    m.clear()
    return out, m, nn.ModuleDict()


@case
def parameter_list(lib):
    nn = lib.nn
    m = nn.ParameterList([lib.ones(2, 3), nn.Parameter(lib.zeros(2))])
    m.append(lib.ones(1)).extend([lib.zeros(1), "text"])
    out = [len(m), m[0], m[-1], [type(x).__name__ for x in m], repr(m), list(m.state_dict()), len(m[1:3])]
    m[0] = lib.full((2,), 4.0)
    m += [lib.ones(5)]
    return (
        out,
        len(m),
        m[0],
        raised(lambda: m[9]),
        raised(lambda: m(1)),
        raised(lambda: m.extend(3)),
        list(m.state_dict()),
    )


@case
def parameter_dict(lib):
    nn = lib.nn
    m = nn.ParameterDict({"a": lib.ones(2), "b": None})
    m["c"] = nn.Parameter(lib.zeros(1))
    m.update({"d": lib.ones(1)})
    out = [
        len(m),
        list(m),
        "a" in m,
        m["a"],
        type(m["a"]).__name__,
        m.get("q"),
        m.get("q", 3),
        list(m.state_dict()),
        repr(m),
    ]
    out += [
        m.setdefault("e", lib.ones(1)),
        m.pop("a"),
        raised(lambda: m["a"]),
        [k for k, _ in m.items()],
        m.popitem()[0],
    ]
    out += [
        list(reversed(m)),
        list(m.copy()),
        list(m | nn.ParameterDict({"z": lib.ones(1)})),
        list(m.fromkeys(["x"], 1)),
    ]
    out += [raised(lambda: m(1)), raised(lambda: nn.ParameterDict({"keys": lib.ones(1)})), raised(lambda: m[3])]
    del m["b"]
    m.clear()
    return out, len(m), m


@case
def losses_warn(lib):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lib.nn.functional.mse_loss(lib.ones(2, 1), lib.ones(2))
        lib.nn.MSELoss(size_average=False)
    return [w.category.__name__ for w in caught], lib.nn.MSELoss(reduce=False).reduction


INITIALISERS = {
    "uniform_": [(), (-2.0, 3.0)],
    "normal_": [(), (1.0, 3.0)],
    "trunc_normal_": [(), (0.0, 0.02), (0.5, 1.0, 0.0, 1.0), (0.0, 1.0, 1.0, 1.2), (0.0, 1.0, -0.2, 0.1)],
    "constant_": [(0.3,)],
    "ones_": [()],
    "zeros_": [()],
    "xavier_uniform_": [(), (2.0,)],
    "xavier_normal_": [(), (0.5,)],
    "kaiming_uniform_": [(), (0.2, "fan_out", "leaky_relu"), (0, "fan_in", "relu")],
    "kaiming_normal_": [(), (0, "fan_out", "relu"), (0, "fan_in", "tanh")],
    "orthogonal_": [(), (2.0,)],
}


@pytest.mark.parametrize("name", INITIALISERS)
def test_initialisers_draw_torchs_numbers(name):
    for args in INITIALISERS[name]:
        for shape in ((3, 5), (20, 30), (6, 4, 3, 3)):
            results = []
            for lib in (lamella, torch):
                lib.manual_seed(7)
                results.append(torch.tensor(getattr(lib.nn.init, name)(lib.empty(shape), *args).numpy()))
            # normal numbers pass through logarithms and cosines, Q through a decomposition in float32 by torch
            torch.testing.assert_close(*results, rtol=1e-5, atol=2e-5 if name == "orthogonal_" else 1e-6)


@case
def other_initialisers(lib):
    init = lib.nn.init
    lib.manual_seed(1)
    sparse = init.sparse_(lib.empty(10, 4), 0.25)
    return [
        init.eye_(lib.empty(3, 4)).tolist(), init.dirac_(lib.empty(4, 2, 3, 3)).tolist(),
        init.dirac_(lib.empty(4, 2, 3), 2).tolist(),
        [[round(x, 6) for x in row] for row in sparse.tolist()],
        [round(init.calculate_gain(n), 9) for n in ("linear", "conv2d", "tanh", "relu", "leaky_relu", "selu")],
        init.calculate_gain("leaky_relu", 0.2), raised(lambda: init.calculate_gain("other")),
        raised(lambda: init.kaiming_normal_(lib.empty(3))),
        raised(lambda: init.kaiming_normal_(lib.empty(3, 3), mode="x")),
        raised(lambda: init.eye_(lib.empty(3))), raised(lambda: init.dirac_(lib.empty(3, 3))),
        init.xavier_uniform_(lib.nn.Linear(3, 3).weight).requires_grad,
    ]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_behaves_as_torch(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, other = plain(CASES[name](lamella)), plain(CASES[name](torch))
    assert mine == other

"""Compares the layers of lamella.nn in Python with PyTorch's. Both have to be installed.

    pytest tests/parity/python_nn.py

Every class: its constructor's arguments, how it prints, the names and first values of its state from one seed, its
outputs, the gradients of inputs and parameters, and what it raises.
"""

import copy
import inspect
import pickle
import warnings

import pytest

torch = pytest.importorskip("torch")
lamella = pytest.importorskip("lamella")

# A layer sums some hundred float32 products; torch.testing.assert_close's tolerances allow for that.
CLOSE = {"rtol": 1.3e-6, "atol": 1e-5}

# Constructor call: the shapes of its inputs. A shape that begins with a word is made by `made`.
LAYERS = {
    "Identity(1, unused=2)": [(2, 3)],
    "Flatten()": [(2, 3, 4)],
    "Flatten(0, 1)": [(2, 3, 4)],
    "Unflatten(1, (2, 3))": [(4, 6)],
    "Unflatten(-1, (2, -1))": [(4, 6)],
    "Linear(6, 4)": [(3, 6)],
    "Linear(6, 4, bias=False)": [(2, 3, 6)],
    "Bilinear(3, 4, 5)": [(2, 3), (2, 4)],
    "Bilinear(3, 4, 5, bias=False)": [(2, 6, 3), (2, 6, 4)],
    "LazyLinear(4)": [(3, 6)],
    "Conv1d(3, 4, 3)": [(2, 3, 9)],
    "Conv1d(4, 6, 3, 2, 'valid', 2, 2, False)": [(2, 4, 19)],
    "Conv2d(3, 8, 3)": [(2, 3, 8, 8)],
    "Conv2d(3, 8, (3, 5), padding='same')": [(2, 3, 8, 8)],
    "Conv2d(4, 8, 3, stride=2, padding=1, dilation=2, groups=2, bias=False)": [(2, 4, 9, 9)],
    "Conv2d(3, 4, 3, padding=1, padding_mode='reflect')": [(2, 3, 8, 8)],
    "Conv2d(3, 4, 4, padding='same', padding_mode='circular')": [(2, 3, 8, 8)],
    "Conv2d(3, 4, 3, padding=(1, 2), padding_mode='replicate')": [(3, 8, 8)],
    "Conv3d(2, 4, 3, padding=1)": [(1, 2, 5, 5, 5)],
    "ConvTranspose1d(3, 4, 3, 2)": [(2, 3, 6)],
    "ConvTranspose2d(4, 6, 3, 2, 1, 1, 2)": [(2, 4, 5, 5)],
    "ConvTranspose2d(3, 2, (2, 3), dilation=2, bias=False)": [(3, 5, 5)],
    "ConvTranspose3d(2, 3, 2)": [(1, 2, 3, 3, 3)],
    "LazyConv1d(4, 3)": [(2, 3, 9)],
    "LazyConv2d(6, 3, groups=3)": [(2, 3, 8, 8)],
    "LazyConv3d(4, 3)": [(2, 3, 5, 5, 5)],
    "LazyConvTranspose1d(4, 3)": [(2, 3, 5)],
    "LazyConvTranspose2d(4, 3, 2)": [(2, 3, 5, 5)],
    "LazyConvTranspose3d(4, 2)": [(2, 3, 3, 3, 3)],
    "MaxPool1d(2)": [(2, 3, 9)],
    "MaxPool2d(3, 2, 1)": [(2, 3, 9, 9)],
    "MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), ceil_mode=True)": [(3, 9, 9)],
    "MaxPool3d(2)": [(1, 2, 4, 4, 4)],
    "AvgPool1d(3, 2, 1)": [(2, 3, 9)],
    "AvgPool2d(3, 2, 1, True, False)": [(2, 3, 9, 9)],
    "AvgPool2d(2, divisor_override=3)": [(2, 3, 8, 8)],
    "AvgPool3d(2)": [(1, 2, 4, 4, 4)],
    "LPPool1d(2, 3)": [("positive", 2, 3, 9)],
    "LPPool2d(2, 3, stride=2)": [("positive", 2, 3, 9, 9)],
    "LPPool3d(3, 2)": [("positive", 2, 3, 4, 4, 4)],
    "AdaptiveAvgPool1d(3)": [(2, 3, 8)],
    "AdaptiveAvgPool2d((None, 3))": [(2, 3, 7, 8)],
    "AdaptiveAvgPool3d(2)": [(1, 2, 5, 5, 5)],
    "AdaptiveMaxPool1d(3)": [(2, 3, 8)],
    "AdaptiveMaxPool2d((2, 3))": [(2, 3, 7, 8)],
    "AdaptiveMaxPool3d(2)": [(1, 2, 5, 5, 5)],
    "MaxUnpool1d(2)": [(2, 3, 4), ("positions", 2, 3, 4)],
    "MaxUnpool2d(2)": [(2, 3, 4, 4), ("positions", 2, 3, 4, 4)],
    "MaxUnpool3d(2)": [(2, 3, 2, 2, 2), ("positions", 2, 3, 2, 2, 2)],
    "ZeroPad1d(2)": [(2, 3, 5)],
    "ZeroPad2d((1, 2, 0, 3))": [(2, 3, 5, 5)],
    "ZeroPad3d(1)": [(2, 3, 4, 4, 4)],
    "ConstantPad1d(1, 0.5)": [(2, 3, 5)],
    "ConstantPad2d((1, -1, 2, 0), 3.5)": [(2, 3, 5, 5)],
    "ConstantPad3d(1, 2)": [(2, 4, 4, 4)],
    "ReflectionPad1d(2)": [(2, 3, 5)],
    "ReflectionPad2d((1, 2, 0, 3))": [(2, 3, 5, 5)],
    "ReflectionPad3d(1)": [(2, 3, 4, 4, 4)],
    "ReplicationPad1d(2)": [(2, 3, 5)],
    "ReplicationPad2d(1)": [(2, 3, 5, 5)],
    "ReplicationPad3d(1)": [(2, 3, 4, 4, 4)],
    "CircularPad1d(2)": [(2, 3, 5)],
    "CircularPad2d((1, 2, 0, 3))": [(2, 3, 5, 5)],
    "CircularPad3d(1)": [(2, 3, 4, 4, 4)],
    "BatchNorm1d(3)": [(5, 3)],
    "BatchNorm1d(3, eps=1e-3, momentum=None)": [(5, 3, 4)],
    "BatchNorm2d(3)": [(2, 3, 5, 5)],
    "BatchNorm2d(3, affine=False)": [(2, 3, 5, 5)],
    "BatchNorm2d(3, track_running_stats=False)": [(2, 3, 5, 5)],
    "BatchNorm2d(3, momentum=0.3, bias=False)": [(2, 3, 5, 5)],
    "BatchNorm3d(2)": [(2, 2, 3, 3, 3)],
    "LazyBatchNorm1d()": [(5, 3)],
    "LazyBatchNorm2d()": [(2, 3, 5, 5)],
    "LazyBatchNorm3d(affine=False)": [(2, 3, 2, 2, 2)],
    "InstanceNorm1d(3)": [(2, 3, 7)],
    "InstanceNorm2d(3, affine=True, track_running_stats=True)": [(2, 3, 5, 5)],
    "InstanceNorm2d(3, affine=True)": [(3, 5, 5)],
    "InstanceNorm3d(2)": [(2, 2, 3, 3, 3)],
    "LazyInstanceNorm1d()": [(2, 3, 7)],
    "LazyInstanceNorm2d()": [(2, 3, 5, 5)],
    "LazyInstanceNorm3d()": [(2, 3, 2, 2, 2)],
    "GroupNorm(2, 6)": [(2, 6, 4, 4)],
    "GroupNorm(3, 6, affine=False)": [(2, 6, 4)],
    "GroupNorm(3, 6, bias=False)": [(2, 6, 4)],
    "LayerNorm(5)": [(2, 3, 5)],
    "LayerNorm((3, 5), bias=False)": [(2, 3, 5)],
    "LayerNorm([5], elementwise_affine=False)": [(2, 3, 5)],
    "RMSNorm(5)": [(2, 3, 5)],
    "RMSNorm((3, 5), eps=1e-3, elementwise_affine=False)": [(2, 3, 5)],
    "LocalResponseNorm(2)": [(2, 5, 4, 4)],
    "LocalResponseNorm(3, alpha=1e-2, beta=0.5, k=2.0)": [(2, 5, 4)],
    **{f"{name}()": [(3, 4)] for name in (
        "ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid",
        "Hardtanh", "Sigmoid", "Tanh", "LogSigmoid", "Softsign", "Tanhshrink", "Hardshrink", "Softshrink", "Softplus",
        "GLU", "PReLU",
    )},
    **{f"{name}(inplace=True)": [(3, 4)] for name in (
        "ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid", "Hardtanh",
        "RReLU",
    )},
    "LeakyReLU(0.2)": [(3, 4)],
    "ELU(2.0)": [(3, 4)],
    "CELU(2.0)": [(3, 4)],
    "GELU('tanh')": [(3, 4)],
    "Hardtanh(-0.5, 0.25)": [(3, 4)],
    "Softplus(2, 1)": [(3, 4)],
    "Threshold(0.1, 20)": [(3, 4)],
    "Threshold(0.1, 20, True)": [(3, 4)],
    "GLU(0)": [(4, 3)],
    "PReLU(3, 0.1)": [(2, 3, 4, 4)],
    "RReLU()": [(4, 5)],
    "Softmax(1)": [(3, 4)],
    "LogSoftmax(dim=-1)": [(3, 4)],
    "Softmin(dim=0)": [(3, 4)],
    "Softmax2d()": [(2, 3, 4, 4)],
    "Dropout(0.3)": [(4, 5)],
    "Dropout(0.3, inplace=True)": [(4, 5)],
    "Dropout1d()": [(4, 5, 2)],
    "Dropout2d(0.4)": [(4, 5, 2, 2)],
    "Dropout3d()": [(4, 5, 2, 2, 2)],
    "AlphaDropout(0.3)": [(4, 5)],
    "FeatureAlphaDropout(0.3)": [(4, 5, 2, 2)],
    "Embedding(10, 3)": [("index", 2, 4)],
    "Embedding(10, 3, padding_idx=2)": [("index", 2, 8)],
    "Embedding(10, 3, -1, max_norm=1.0)": [("index", 2, 4)],
    "Embedding(10, 3, scale_grad_by_freq=True)": [("index", 2, 8)],
    "Upsample(scale_factor=2)": [(1, 2, 3, 3)],
    "Upsample((5, 4), mode='bilinear')": [(1, 2, 3, 3)],
    "Upsample(scale_factor=(1.5, 2), mode='bicubic', align_corners=True)": [(1, 2, 4, 4)],
    "UpsamplingNearest2d(scale_factor=2)": [(1, 2, 3, 3)],
    "UpsamplingBilinear2d((5, 4))": [(1, 2, 3, 3)],
    "PixelShuffle(2)": [(2, 8, 3, 3)],
    "PixelUnshuffle(2)": [(2, 2, 4, 6)],
    "ChannelShuffle(2)": [(2, 6, 3, 3)],
    "Unfold(3)": [(2, 3, 6, 6)],
    "Unfold((2, 3), dilation=2, padding=1, stride=2)": [(3, 8, 8)],
    "Fold((6, 6), 3)": [(2, 18, 16)],
    "Fold((5, 6), (2, 2), padding=1, stride=2)": [(8, 12)],
    "CosineSimilarity()": [(3, 5), (3, 5)],
    "CosineSimilarity(-1, 1e-3)": [(3, 5), (1, 5)],
    "PairwiseDistance()": [(3, 5), (3, 5)],
    "PairwiseDistance(3.0, keepdim=True)": [(3, 5), (3, 5)],
    "Sequential(Linear(3, 4), ReLU(), Linear(4, 2))": [(2, 3)],
    "DataParallel(Linear(3, 4))": [(2, 3)],
    "Sequential(OrderedDict(a=Linear(3, 4), b=Tanh()))": [(2, 3)],
}  # fmt: skip
LOSSES = {
    **{f"{name}(reduction={word!r})": [(3, 4), (3, 4)] for word in ("mean", "sum", "none")
       for name in ("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss")},
    "SmoothL1Loss(beta=0.3)": [(3, 4), (3, 4)],
    "SmoothL1Loss(beta=0.0)": [(3, 4), (3, 4)],
    "HuberLoss(delta=0.3)": [(3, 4), (3, 4)],
    "CrossEntropyLoss()": [(4, 10), ("index", 4)],
    "CrossEntropyLoss(label_smoothing=0.1, reduction='sum')": [(4, 10), ("index", 4)],
    "CrossEntropyLoss(ignore_index=3, reduction='none')": [(4, 10, 3), ("index", 4, 3)],
    "CrossEntropyLoss(torch.arange(10.0) + 1)": [(4, 10), ("index", 4)],
    "CrossEntropyLoss(label_smoothing=0.2)": [(4, 10), ("classes", 4, 10)],
    "NLLLoss()": [(4, 10), ("index", 4)],
    "NLLLoss(torch.arange(10.0) + 1, ignore_index=2, reduction='sum')": [(4, 10, 2, 2), ("index", 4, 2, 2)],
    "BCELoss()": [("unit", 3, 4), ("unit", 3, 4)],
    "BCELoss(torch.tensor([1.0, 2, 3, 4]), reduction='none')": [("unit", 3, 4), ("unit", 3, 4)],
    "BCEWithLogitsLoss()": [(3, 4), ("unit", 3, 4)],
    "BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2, 3, 4]), reduction='sum')": [(3, 4), ("unit", 3, 4)],
    "KLDivLoss(reduction='batchmean')": [(3, 4), ("classes", 3, 4)],
    "KLDivLoss()": [(3, 4), ("classes", 3, 4)],
    "KLDivLoss(reduction='sum', log_target=True)": [(3, 4), (3, 4)],
    "PoissonNLLLoss()": [(3, 4), ("positive", 3, 4)],
    "PoissonNLLLoss(False, True, reduction='sum')": [("positive", 3, 4), ("positive", 3, 4)],
    "GaussianNLLLoss()": [(3, 4), (3, 4), ("positive", 3, 4)],
    "GaussianNLLLoss(full=True, reduction='none')": [(3, 4), (3, 4), ("positive", 3, 1)],
    "HingeEmbeddingLoss(0.5)": [(3, 4), ("sign", 3, 4)],
    "SoftMarginLoss()": [(3, 4), ("sign", 3, 4)],
    "CosineEmbeddingLoss(0.1)": [(3, 4), (3, 4), ("sign", 3)],
    "MarginRankingLoss(0.2)": [(3,), (3,), ("sign", 3)],
    "TripletMarginLoss()": [(3, 4), (3, 4), (3, 4)],
    "TripletMarginLoss(0.5, 1.0, swap=True, reduction='none')": [(3, 4), (3, 4), (3, 4)],
}  # fmt: skip
CALLS = {**LAYERS, **LOSSES}
CLASSES = sorted(
    name
    for name, value in vars(lamella.nn).items()
    if inspect.isclass(value) and issubclass(value, lamella.nn.Module) and hasattr(torch.nn, name)
)


def build(library, call):
    """The layer of a call, from one seed."""
    from collections import OrderedDict

    library.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(call, {**vars(library.nn), "torch": library, "OrderedDict": OrderedDict})


def made(shape, seed):
    """A torch tensor for a shape, which may begin with what its values are."""
    torch.manual_seed(seed)
    kind, shape = (shape[0], shape[1:]) if isinstance(shape[0], str) else ("normal", shape)
    if kind == "positions":  # one in each window of two
        area = 1
        for extent in shape[2:]:
            area *= extent
        grid = torch.arange(area * 2 ** len(shape[2:])).reshape(*(2 * extent for extent in shape[2:]))
        return grid[tuple(slice(None, None, 2) for _ in shape[2:])].expand(shape).contiguous()
    values = {
        "normal": lambda: torch.randn(shape),
        "positive": lambda: torch.rand(shape) + 0.5,
        "unit": lambda: torch.rand(shape) * 0.8 + 0.1,
        "index": lambda: torch.randint(10, shape),
        "classes": lambda: torch.randn(shape).softmax(1),
        "sign": lambda: torch.randint(2, shape) * 2.0 - 1,
    }[kind]()
    return values.requires_grad_(values.is_floating_point() and kind != "sign")


def to(library, tensor):
    values = tensor.detach().clone()
    values = values if library is torch else lamella.tensor(values.numpy())
    return values.requires_grad_(tensor.requires_grad)


def run(library, module, inputs, mode):
    """Output and gradients of a call, with every drawn number from one seed."""
    module.train(mode)
    inputs = [to(library, tensor) for tensor in inputs]
    leaves = [x for x in inputs if x.requires_grad]
    library.manual_seed(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # An in-place layer may not write into a leaf.
        output = module(*(x * 1 if x.requires_grad else x for x in inputs))
    results = [output]
    if output.requires_grad:
        (output * (output.detach() + 1)).sum().backward()
        results += [leaf.grad for leaf in leaves] + [p.grad for p in module.parameters()]
    return results + [buffer for buffer in module.buffers()]


def assert_same(mine, other, what=""):
    assert (mine is None) == (other is None), f"{what}: lamella {mine}, torch {other}"
    if mine is None:
        return
    assert str(mine.dtype) == str(other.dtype) and tuple(mine.shape) == tuple(other.shape), what
    torch.testing.assert_close(torch.tensor(mine.detach().numpy()), other.detach(), **CLOSE, equal_nan=True)


@pytest.mark.parametrize("name", CLASSES)
def test_constructors_take_the_same_arguments(name):
    mine, other = (inspect.signature(getattr(library.nn, name)).parameters for library in (lamella, torch))
    assert [(p.name, p.kind, p.default) for p in mine.values()] == [(p.name, p.kind, p.default) for p in other.values()]


def test_every_class_has_a_case():
    covered = " ".join(CALLS)
    without_forward = {"Module", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
    assert [name for name in CLASSES if f"{name}(" not in covered and name not in without_forward] == []


@pytest.mark.parametrize("call", CALLS)
def test_starts_and_prints_alike(call):
    mine, other = build(lamella, call), build(torch, call)
    assert repr(mine) == repr(other)
    if call.startswith("Lazy"):
        return
    mine, other = mine.state_dict(), other.state_dict()
    assert list(mine) == list(other) and mine._metadata == other._metadata
    for key in mine:
        assert_same(mine[key], other[key], key)


@pytest.mark.parametrize("mode", (True, False), ids=("training", "evaluation"))
@pytest.mark.parametrize("call", CALLS)
def test_computes_alike(call, mode):
    inputs = [made(shape, seed) for seed, shape in enumerate(CALLS[call])]
    results = [run(library, build(library, call), inputs, mode) for library in (lamella, torch)]
    assert len(results[0]) == len(results[1])
    for place, (mine, other) in enumerate(zip(*results)):
        assert_same(mine, other, f"result {place}")


@pytest.mark.parametrize("call", [call for call in LAYERS if not call.startswith("Lazy")])
def test_copies_and_pickles_compute_alike(call):
    inputs = [made(shape, seed) for seed, shape in enumerate(LAYERS[call])]
    module = build(lamella, call)
    expected = run(lamella, copy.deepcopy(module), inputs, True)
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert repr(twin) == repr(module) and list(twin.state_dict()) == list(module.state_dict())
        for mine, other in zip(run(lamella, twin, inputs, True), expected):
            assert (mine is None) == (other is None) and (mine is None or lamella.equal(mine, other))


ERRORS = {
    "groups": ("Conv2d(4, 9, 3, groups=2)", None),
    "groups of inputs": ("Conv2d(5, 8, 3, groups=2)", None),
    "no groups": ("Conv2d(4, 8, 3, groups=0)", None),
    "padding word": ("Conv2d(4, 8, 3, padding='full')", None),
    "same with stride": ("Conv2d(4, 8, 3, stride=2, padding='same')", None),
    "padding mode": ("Conv2d(4, 8, 3, padding_mode='mirror')", None),
    "real kernel": ("Conv2d(4, 8, 3.5)", None),
    "long kernel": ("Conv2d(3, 8, (3, 3, 3))", (1, 3, 8, 8)),
    "no stride": ("Conv2d(3, 8, 3, stride=0)", (1, 3, 8, 8)),
    "negative padding": ("Conv2d(3, 8, 3, padding=-1)", (1, 3, 8, 8)),
    "empty kernel": ("Conv2d(3, 8, 0)", (1, 3, 8, 8)),
    "channels": ("Conv2d(3, 8, 3)", (1, 4, 8, 8)),
    "axes": ("Conv2d(3, 8, 3)", (8, 8)),
    "small image": ("Conv2d(3, 8, 5)", (1, 3, 3, 3)),
    "reflection": ("Conv2d(3, 8, 3, padding=8, padding_mode='reflect')", (1, 3, 8, 8)),
    "transposed mode": ("ConvTranspose2d(3, 8, 3, padding_mode='reflect')", None),
    "transposed same": ("ConvTranspose2d(3, 8, 3, padding='same')", (1, 3, 8, 8)),
    "output padding": ("ConvTranspose2d(3, 8, 3, 2, output_padding=2)", (1, 3, 8, 8)),
    "pool padding": ("MaxPool2d(2, padding=2)", (1, 3, 8, 8)),
    "pool size": ("MaxPool2d(5)", (1, 3, 2, 2)),
    "pool axes": ("MaxPool2d(2)", (8, 8)),
    "divisor": ("AvgPool2d(2, divisor_override=0)", (1, 3, 8, 8)),
    "adaptive": ("AdaptiveAvgPool2d((-1, 2))", (1, 3, 8, 8)),
    "pad numbers": ("ReflectionPad2d(5)", (1, 3, 4, 4)),
    "features": ("Linear(10, 2)", (3, 11)),
    "norm axes": ("BatchNorm2d(3)", (2, 3, 4)),
    "norm channels": ("BatchNorm2d(3)", (2, 4, 4, 4)),
    "norm of one value": ("BatchNorm2d(3)", (1, 3, 1, 1)),
    "instance norm of one value": ("InstanceNorm2d(3)", (1, 3, 1, 1)),
    "instance channels": ("InstanceNorm2d(3, affine=True)", (2, 4, 4, 4)),
    "norm groups": ("GroupNorm(2, 3)", None),
    "group channels": ("GroupNorm(2, 4)", (1, 6, 4, 4)),
    "layer shape": ("LayerNorm([8, 8])", (1, 3, 8, 4)),
    "probability": ("Dropout(1.5)", None),
    "gelu": ("GELU('other')", (2, 3)),
    "padding index": ("Embedding(3, 4, 7)", None),
    "scale and size": ("Upsample(4, 2)", (1, 3, 4, 4)),
    "no scale": ("Upsample()", (1, 3, 4, 4)),
    "pixels": ("PixelShuffle(2)", (1, 3, 4, 4)),
    "shuffle": ("ChannelShuffle(2)", (1, 3, 4, 4)),
    "fold": ("Fold((8, 8), 3)", (1, 18, 10)),
    "halves": ("GLU()", (2, 3)),
    "slopes": ("PReLU(4)", (2, 3, 4)),
    "unknown argument": ("ReLU(inplaces=True)", None),
    "no module": ("Sequential(3)", None),
    "no parameter": ("ParameterList(3)", None),
}


@pytest.mark.parametrize("what", ERRORS)
def test_raises_where_torch_does(what):
    """Some at construction that torch finds at the call; always an exception that torch's `except` catches."""
    call, shape = ERRORS[what]
    raised = []
    for library in (torch, lamella):
        with pytest.raises(Exception) as caught:
            module = eval(call, {**vars(library.nn), "torch": library})
            module(library.ones(shape))
        raised.append(caught.type)
    assert issubclass(raised[1], (raised[0], RuntimeError))


def test_output_size_of_transposed_convolutions():
    outputs = []
    for library in (torch, lamella):
        layer = build(library, "ConvTranspose2d(3, 4, 3, stride=2, padding=1)")
        x = to(library, made((2, 3, 5, 5), 0))
        outputs.append([layer(x, output_size=size) for size in ((9, 10), [2, 4, 10, 9])])
        with pytest.raises(ValueError, match="valid sizes range from"):
            layer(x, output_size=(30, 30))
    for other, mine in zip(*outputs):
        assert_same(mine, other)


def test_pooled_indices_and_unpooling():
    outputs = []
    for library in (torch, lamella):
        pool, unpool = build(library, "MaxPool2d(2, return_indices=True)"), build(library, "MaxUnpool2d(2)")
        values, indices = pool(to(library, made((2, 3, 6, 6), 0)))
        outputs.append([values, indices, unpool(values, indices), unpool(values, indices, output_size=(7, 6))])
    for other, mine in zip(*outputs):
        assert_same(mine, other)

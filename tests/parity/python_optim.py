"""Compares lamella's optimisers and schedules in Python with PyTorch's. Both have to be installed.

    pytest tests/parity/python_optim.py

100 steps of each optimiser on the same gradients, with groups and every option; each schedule's rates over 100 steps;
and state dicts that cross from one library into the other.
"""

import math
import warnings

import pytest

torch = pytest.importorskip("torch")
lamella = pytest.importorskip("lamella")

# A step rounds some ten times; over 100 steps the differences of single roundings add up.
ROUNDING = {"rtol": 1e-5, "atol": 1e-6}
SHAPES = ((4, 9), (9,), (2, 3, 3, 3), ())

OPTIMIZERS = {
    "SGD": [
        {"lr": 0.05},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True},
        {"lr": 0.05, "weight_decay": 0.1, "maximize": True},
        {"lr": 0.05, "momentum": 0.9, "foreach": True},
        {"lr": 0.05, "weight_decay": 0.01, "fused": True},
    ],
    "Adam": [
        {},
        {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.01},
        {"lr": 0.05, "amsgrad": True},
        {"lr": 0.05, "maximize": True, "fused": True},
        {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True},
    ],
    "AdamW": [{}, {"lr": 0.05, "weight_decay": 0.1, "amsgrad": True}, {"lr": 0.02, "foreach": True}],
    "RMSprop": [
        {},
        {"lr": 0.02, "alpha": 0.9, "eps": 1e-6, "weight_decay": 0.01},
        {"lr": 0.005, "momentum": 0.8},
        {"lr": 0.005, "momentum": 0.5, "centered": True, "maximize": True},
    ],
    "NAdam": [
        {},
        {"lr": 0.02, "weight_decay": 0.01, "momentum_decay": 0.01},
        {"decoupled_weight_decay": True, "weight_decay": 0.1},
    ],
    "Adadelta": [{}, {"lr": 0.3, "rho": 0.8, "weight_decay": 0.01}],
    "Adamax": [{}, {"lr": 0.02, "weight_decay": 0.01, "maximize": True}],
    "Adagrad": [{}, {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.01, "initial_accumulator_value": 0.1}],
}
CASES = [(name, options) for name, several in OPTIMIZERS.items() for options in several]


def ours(tensor):
    """A lamella tensor of a torch tensor's values."""
    return lamella.tensor(tensor.detach().numpy().copy())


def theirs(tensor):
    return torch.tensor(tensor.detach().numpy())


class Pair:
    """The same parameters, options and gradients in both libraries."""

    def __init__(self, name, options, groups=True, dtype=torch.float32):
        generator = torch.Generator().manual_seed(5)
        starts = [torch.randn(shape, generator=generator, dtype=dtype) for shape in SHAPES]
        self.generator = generator
        self.torch_params = [start.clone().requires_grad_() for start in starts]
        self.params = [ours(start).requires_grad_() for start in starts]
        self.torch_optimizer = self.make(torch, name, self.torch_params, options, groups)
        self.optimizer = self.make(lamella, name, self.params, options, groups)

    @staticmethod
    def make(library, name, params, options, groups):
        kind = getattr(library.optim, name)
        if not groups:
            return kind(params, **options)
        # The second group has a rate of its own, the third joins later.
        first, last = [{"params": params[:2]}, {"params": params[2:3], "lr": 0.003}], {
            "params": params[3],
            "weight_decay": 0.02,
        }
        if name == "Adagrad":  # torch's cannot step a group that joined later
            return kind([*first, last], **options)
        optimizer = kind(first, **options)
        optimizer.add_param_group(last)
        return optimizer

    def step(self, i):
        for index, (mine, other) in enumerate(zip(self.params, self.torch_params)):
            if index == 1 and i % 3 == 0:  # a parameter that is not always used
                mine.grad = other.grad = None
                continue
            gradient = torch.randn(other.shape, generator=self.generator, dtype=other.dtype)
            other.grad = gradient
            mine.grad = ours(gradient)
        self.optimizer.step()
        self.torch_optimizer.step()

    def compare(self, what, **tolerance):
        for i, (mine, other) in enumerate(zip(self.params, self.torch_params)):
            torch.testing.assert_close(
                theirs(mine), other.detach(), **(tolerance or ROUNDING), msg=lambda m: f"{what}, {i}: {m}"
            )


@pytest.mark.parametrize("name,options", CASES)
def test_a_hundred_steps_follow_torch(name, options):
    pair = Pair(name, options)
    for step in range(100):
        if step == 50:  # groups are live: a loop may change them
            for optimizer in (pair.optimizer, pair.torch_optimizer):
                optimizer.param_groups[0]["lr"] *= 0.5
        pair.step(step)
        pair.compare(f"step {step}")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float64_follows_torch_closely(name):
    pair = Pair(name, {}, dtype=torch.float64)
    for step in range(100):
        pair.step(step)
    pair.compare("float64", rtol=1e-12, atol=1e-13)


def test_a_tensor_as_rate():
    mine, other = (
        library.optim.SGD([library.ones(3, requires_grad=True)], lr=library.tensor(0.25))
        for library in (lamella, torch)
    )
    for library, optimizer in ((lamella, mine), (torch, other)):
        optimizer.param_groups[0]["params"][0].grad = library.ones(3)
        library.optim.lr_scheduler.StepLR(optimizer, 1)
        optimizer.step()
    assert mine.param_groups[0]["params"][0].tolist() == other.param_groups[0]["params"][0].tolist()


@pytest.mark.parametrize("name,options", CASES)
def test_state_dicts_have_the_same_form(name, options):
    pair = Pair(name, options)
    pair.step(1)
    mine, other = pair.optimizer.state_dict(), pair.torch_optimizer.state_dict()
    assert list(mine) == list(other)
    assert mine["param_groups"] == other["param_groups"]
    assert list(mine["state"]) == list(other["state"])
    for key in other["state"]:
        assert list(mine["state"][key]) == list(other["state"][key])
        for slot, value in other["state"][key].items():
            assert str(mine["state"][key][slot].dtype).split(".")[-1] == str(value.dtype).split(".")[-1]
            torch.testing.assert_close(theirs(mine["state"][key][slot]), value, **ROUNDING)


def converted(state_dict, convert, kind):
    if isinstance(state_dict, kind):
        return convert(state_dict)
    if isinstance(state_dict, dict):
        return {key: converted(value, convert, kind) for key, value in state_dict.items()}
    if isinstance(state_dict, list):
        return [converted(value, convert, kind) for value in state_dict]
    return state_dict


@pytest.mark.parametrize("name,options", CASES)
def test_a_checkpoint_of_torch_goes_on_here_and_back(name, options):
    pair = Pair(name, options)
    for step in range(5):
        pair.step(step)
    theirs_saved = pair.torch_optimizer.state_dict()
    mine_saved = converted(pair.optimizer.state_dict(), lambda t: theirs(t).reshape(t.shape), lamella.Tensor)
    pair.optimizer = Pair.make(lamella, name, pair.params, {}, True)
    pair.torch_optimizer = Pair.make(torch, name, pair.torch_params, {}, True)
    pair.optimizer.load_state_dict(converted(theirs_saved, ours, torch.Tensor))
    pair.torch_optimizer.load_state_dict(mine_saved)
    for step in range(5, 15):
        pair.step(step)
        pair.compare(f"step {step}")


def swing(step):
    return 1.0 / (1 + step) + 0.1 * math.sin(step)


SCHEDULES = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda step: 1 / (1 + 0.1 * step)),
    "LambdaLR, one a group": lambda s, o: s.LambdaLR(o, [lambda step: 0.9**step, lambda step: 1 / (1 + step)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda step: 0.95),
    "StepLR": lambda s, o: s.StepLR(o, 7, 0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [0, 3, 3, 50], 0.5),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.25, 7),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.1, 0.7, 30),
    "LinearLR, defaults": lambda s, o: s.LinearLR(o),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.95),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 40, 0.9),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 30, 0.001),
    "CosineAnnealingLR, short": lambda s, o: s.CosineAnnealingLR(o, 1),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7, 2, 0.001),
    "CosineAnnealingWarmRestarts, equal": lambda s, o: s.CosineAnnealingWarmRestarts(o, 10),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, [0.1, 0.2], 11, 4),
    "CyclicLR, triangular2": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 5, mode="triangular2", base_momentum=0.7),
    "CyclicLR, exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 9, mode="exp_range", gamma=0.97, cycle_momentum=False),
    "CyclicLR, scale_fn": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 9, scale_fn=lambda x: 1 / x, scale_mode="cycle"),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, [0.5, 0.1], total_steps=100),
    "OneCycleLR, linear": lambda s, o: s.OneCycleLR(o, 0.5, 120, anneal_strategy="linear", three_phase=True),
    "OneCycleLR, epochs": lambda s, o: s.OneCycleLR(
        o, 0.5, epochs=10, steps_per_epoch=10, pct_start=0.2, div_factor=10, final_div_factor=100, max_momentum=0.9
    ),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, 1, 5), s.CosineAnnealingLR(o, 60), s.StepLR(o, 10)], [5, 65]
    ),
    "SequentialLR, late": lambda s, o: s.SequentialLR(o, [s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9)], [20]),
    "SequentialLR, restarts": lambda s, o: s.SequentialLR(
        o, [s.LambdaLR(o, lambda step: 0.5), s.CosineAnnealingWarmRestarts(o, 5)], [10]
    ),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 5), s.ExponentialLR(o, 0.9)]),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, factor=0.5, patience=3, cooldown=2),
    "ReduceLROnPlateau, max": lambda s, o: s.ReduceLROnPlateau(
        o, "max", threshold=0.05, threshold_mode="abs", patience=1, min_lr=[0.001, 0.01]
    ),
}


def make_scheduled(library, schedule, kind="SGD"):
    params = [library.zeros(1, requires_grad=True), library.zeros(2, requires_grad=True)]
    options = {"momentum": 0.9} if kind == "SGD" else {}
    optimizer = getattr(library.optim, kind)(
        [{"params": params[:1]}, {"params": params[1:], "lr": 0.3}], lr=0.1, **options
    )
    return optimizer, SCHEDULES[schedule](library.optim.lr_scheduler, optimizer)


def advance(optimizer, scheduler, step):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nothing has a gradient here
        optimizer.step()
        scheduler.step(*([swing(step)] if "Plateau" in type(scheduler).__name__ else []))


def compare_options(step, mine, other):
    for group, expected in zip(mine.param_groups, other.param_groups):
        for key in ("lr", "initial_lr", "momentum", "betas"):
            if key in expected:
                assert group[key] == pytest.approx(expected[key], rel=1e-12, abs=1e-15), f"{key} after {step} steps"


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_follow_torch(schedule, kind):
    mine, ours_schedule = make_scheduled(lamella, schedule, kind)
    other, torch_schedule = make_scheduled(torch, schedule, kind)
    for step in range(100):
        compare_options(step, mine, other)
        assert ours_schedule.get_last_lr() == pytest.approx(torch_schedule.get_last_lr(), rel=1e-12, abs=1e-15)
        if step == 40:  # what a loop sets by hand is treated the same
            mine.param_groups[0]["lr"] = other.param_groups[0]["lr"] = 0.07
        advance(mine, ours_schedule, step)
        advance(other, torch_schedule, step)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_states_of_schedules_cross(schedule):
    mine, ours_schedule = make_scheduled(lamella, schedule)
    other, torch_schedule = make_scheduled(torch, schedule)
    for step in range(23):
        advance(mine, ours_schedule, step)
        advance(other, torch_schedule, step)
    assert set(ours_schedule.state_dict()) >= set(torch_schedule.state_dict())
    saved, saved_groups = ours_schedule.state_dict(), mine.state_dict()
    torch_saved, torch_saved_groups = torch_schedule.state_dict(), other.state_dict()
    mine, ours_schedule = make_scheduled(lamella, schedule)
    other, torch_schedule = make_scheduled(torch, schedule)
    ours_schedule.load_state_dict(torch_saved)
    mine.load_state_dict(torch_saved_groups)
    torch_schedule.load_state_dict(saved)
    other.load_state_dict(saved_groups)
    for step in range(23, 60):
        compare_options(step, mine, other)
        advance(mine, ours_schedule, step)
        advance(other, torch_schedule, step)


def test_an_epoch_by_number():
    for schedule in (
        "StepLR",
        "MultiStepLR",
        "LinearLR",
        "ExponentialLR",
        "PolynomialLR",
        "CosineAnnealingLR",
        "LambdaLR",
    ):
        mine, ours_schedule = make_scheduled(lamella, schedule)
        other, torch_schedule = make_scheduled(torch, schedule)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for epoch in (3, 17, 5):
                ours_schedule.step(epoch)
                torch_schedule.step(epoch)
                compare_options(epoch, mine, other)


def test_a_fraction_of_an_epoch():
    mine, ours_schedule = make_scheduled(lamella, "CosineAnnealingWarmRestarts")
    other, torch_schedule = make_scheduled(torch, "CosineAnnealingWarmRestarts")
    for i in range(100):
        ours_schedule.step(i / 3)
        torch_schedule.step(i / 3)
        compare_options(i, mine, other)


@pytest.mark.parametrize("schedule", ["StepLR", "CosineAnnealingLR", "LinearLR", "OneCycleLR", "LambdaLR"])
def test_resuming_by_last_epoch(schedule):
    def resumed(library):
        optimizer, scheduler = make_scheduled(library, schedule)
        for step in range(10):
            advance(optimizer, scheduler, step)
        make = {
            "StepLR": lambda s: s.StepLR(optimizer, 7, 0.5, last_epoch=9),
            "CosineAnnealingLR": lambda s: s.CosineAnnealingLR(optimizer, 30, 0.001, last_epoch=9),
            "LinearLR": lambda s: s.LinearLR(optimizer, 0.1, 0.7, 30, last_epoch=9),
            "OneCycleLR": lambda s: s.OneCycleLR(optimizer, [0.5, 0.1], total_steps=100, last_epoch=9),
            "LambdaLR": lambda s: s.LambdaLR(optimizer, lambda step: 0.9**step, last_epoch=9),
        }[schedule]
        return optimizer, make(library.optim.lr_scheduler)

    mine, ours_schedule = resumed(lamella)
    other, torch_schedule = resumed(torch)
    for step in range(30):
        compare_options(step, mine, other)
        advance(mine, ours_schedule, step)
        advance(other, torch_schedule, step)


@pytest.mark.parametrize("norm_type", [1, 2, 3.0, math.inf, "inf", -math.inf, 0])
@pytest.mark.parametrize("max_norm", [0.5, 1000.0])
def test_clipping_by_norm(norm_type, max_norm):
    generator = torch.Generator().manual_seed(1)
    torch_params = [torch.zeros(shape, requires_grad=True) for shape in SHAPES]
    params = [lamella.zeros(shape, requires_grad=True) for shape in SHAPES]
    for mine, other in list(zip(params, torch_params))[:-1]:
        other.grad = torch.randn(other.shape, generator=generator)
        mine.grad = ours(other.grad)
    norm = lamella.nn.utils.clip_grad_norm_(params, max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(torch_params, max_norm, norm_type)
    torch.testing.assert_close(theirs(norm), expected)
    for mine, other in list(zip(params, torch_params))[:-1]:
        torch.testing.assert_close(theirs(mine.grad), other.grad)


ERRORS = {
    "empty": lambda lib, p: lib.optim.SGD([], lr=0.1),
    "tensor": lambda lib, p: lib.optim.SGD(p, lr=0.1),
    "number": lambda lib, p: lib.optim.SGD([3.0], lr=0.1),
    "set": lambda lib, p: lib.optim.SGD([{"params": {p}}], lr=0.1),
    "not a leaf": lambda lib, p: lib.optim.SGD([p * 2], lr=0.1),
    "twice": lambda lib, p: lib.optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1),
    "half named": lambda lib, p: lib.optim.SGD([("a", p), lib.zeros(2)], lr=0.1),
    "rate": lambda lib, p: lib.optim.SGD([p], lr=-1),
    "rates": lambda lib, p: lib.optim.SGD([p], lr=lib.ones(2)),
    "momentum": lambda lib, p: lib.optim.SGD([p], lr=0.1, momentum=-1),
    "decay": lambda lib, p: lib.optim.SGD([p], lr=0.1, weight_decay=-1),
    "nesterov": lambda lib, p: lib.optim.SGD([p], lr=0.1, nesterov=True),
    "fused and foreach": lambda lib, p: lib.optim.SGD([p], lr=0.1, fused=True, foreach=True),
    "beta": lambda lib, p: lib.optim.Adam([p], betas=(1.0, 0.9)),
    "eps": lambda lib, p: lib.optim.Adam([p], eps=-1),
    "alpha": lambda lib, p: lib.optim.RMSprop([p], alpha=-1),
    "other groups": lambda lib, p: lib.optim.SGD([p], lr=0.1).load_state_dict({"state": {}, "param_groups": []}),
    "other sizes": lambda lib, p: lib.optim.SGD([p], lr=0.1).load_state_dict(
        {"state": {}, "param_groups": [{"params": [0, 1]}]}
    ),
    "group": lambda lib, p: lib.optim.SGD([p], lr=0.1).add_param_group([p]),
    "no optimizer": lambda lib, p: lib.optim.lr_scheduler.StepLR(p, 3),
    "no initial rate": lambda lib, p: lib.optim.lr_scheduler.StepLR(lib.optim.SGD([p], lr=1), 3, last_epoch=3),
    "lambdas": lambda lib, p: lib.optim.lr_scheduler.LambdaLR(lib.optim.SGD([p], lr=1), [abs, abs]),
    "no function": lambda lib, p: lib.optim.lr_scheduler.MultiplicativeLR(lib.optim.SGD([p], lr=1), 3),
    "factor": lambda lib, p: lib.optim.lr_scheduler.ConstantLR(lib.optim.SGD([p], lr=1), 2),
    "start factor": lambda lib, p: lib.optim.lr_scheduler.LinearLR(lib.optim.SGD([p], lr=1), 0),
    "plateau factor": lambda lib, p: lib.optim.lr_scheduler.ReduceLROnPlateau(lib.optim.SGD([p], lr=1), factor=1),
    "plateau mode": lambda lib, p: lib.optim.lr_scheduler.ReduceLROnPlateau(lib.optim.SGD([p], lr=1), "low"),
    "no parts": lambda lib, p: lib.optim.lr_scheduler.SequentialLR(lib.optim.SGD([p], lr=1), [], []),
    "no total": lambda lib, p: lib.optim.lr_scheduler.OneCycleLR(lib.optim.SGD([p], lr=1, momentum=0.9), 1),
    "no momentum": lambda lib, p: lib.optim.lr_scheduler.OneCycleLR(lib.optim.Adagrad([p], lr=1), 1, 10),
    "non-finite": lambda lib, p: lib.nn.utils.get_total_norm([lib.tensor([math.inf])], error_if_nonfinite=True),
}


@pytest.mark.parametrize("what", ERRORS)
def test_errors_are_of_torchs_kinds(what):
    with pytest.raises(Exception) as expected:
        ERRORS[what](torch, torch.ones(2, requires_grad=True))
    with pytest.raises(expected.type):
        ERRORS[what](lamella, lamella.ones(2, requires_grad=True))


def test_prints_as_torch():
    params = [lamella.zeros(2, requires_grad=True)], [torch.zeros(2, requires_grad=True)]
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "NAdam", "Adadelta", "Adamax", "Adagrad"):
        mine, other = getattr(lamella.optim, name)(params[0]), getattr(torch.optim, name)(params[1])
        assert repr(mine) == repr(other)

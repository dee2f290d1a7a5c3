"""Schedules in Python against their formulas; tests/parity holds 100 steps of each against PyTorch."""

import math
import pickle
import warnings

import pytest

import lamella as torch
from lamella import optim
from lamella.optim import lr_scheduler as schedules


def make(**options):
    return optim.SGD([torch.zeros(1).requires_grad_()], lr=1.0, momentum=0.9, **options)


@pytest.fixture
def optimizer():
    return make()


def rates(optimizer, schedule, count, *metrics):
    """The first rates, the one that construction set included."""
    result = [optimizer.param_groups[0]["lr"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nothing has a gradient here
        for _ in range(count - 1):
            optimizer.step()
            schedule.step(*metrics)
            result.append(optimizer.param_groups[0]["lr"])
    return pytest.approx(result, abs=1e-12)


@pytest.mark.parametrize(
    "schedule,expected",
    [
        (lambda o: schedules.StepLR(o, 2), [1, 1, 0.1, 0.1, 0.01]),
        (lambda o: schedules.MultiStepLR(o, [1, 3, 3], 0.5), [1, 0.5, 0.5, 0.125]),
        (lambda o: schedules.ConstantLR(o, 0.25, 2), [0.25, 0.25, 1, 1]),
        (lambda o: schedules.ConstantLR(o, 0, 2), [0, 0, 1, 1]),
        (lambda o: schedules.LinearLR(o, 0.2, 1, 4), [0.2, 0.4, 0.6, 0.8, 1, 1]),
        (lambda o: schedules.ExponentialLR(o, 0.5), [1, 0.5, 0.25]),
        (lambda o: schedules.PolynomialLR(o, 4, 2), [1, 0.5625, 0.25, 0.0625, 0, 0]),
        (lambda o: schedules.CosineAnnealingLR(o, 2, 0.2), [1, 0.6, 0.2, 0.6, 1]),
        (lambda o: schedules.CosineAnnealingWarmRestarts(o, 2), [1, 0.5, 1, 0.5]),
        (lambda o: schedules.LambdaLR(o, lambda step: 1 / (1 + step)), [1, 0.5, 1 / 3]),
        (lambda o: schedules.MultiplicativeLR(o, lambda step: 0.5), [1, 0.5, 0.25]),
        (lambda o: schedules.CyclicLR(o, 0, 1, 2), [0, 0.5, 1, 0.5, 0, 0.5]),
        (
            lambda o: schedules.SequentialLR(o, [schedules.ConstantLR(o, 0.1), schedules.ExponentialLR(o, 0.5)], [2]),
            [0.1, 0.1, 1, 0.5],
        ),
        (
            lambda o: schedules.ChainedScheduler([schedules.ConstantLR(o, 0.1, 2), schedules.ExponentialLR(o, 0.5)]),
            [0.1, 0.05, 0.25],
        ),
    ],
)
def test_follows_its_formula(optimizer, schedule, expected):
    schedule = schedule(optimizer)
    assert expected == rates(optimizer, schedule, len(expected))


def test_plateau_reduces_after_its_patience(optimizer):
    schedule = schedules.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, cooldown=1)
    assert [1, 1, 1, 0.5, 0.5, 0.5, 0.25] == rates(optimizer, schedule, 7, 1.0)


def test_one_cycle_rises_and_falls_and_moves_the_momentum(optimizer):
    schedule = schedules.OneCycleLR(optimizer, 1.0, total_steps=10)
    assert optimizer.param_groups[0]["momentum"] == 0.95
    course = rates(optimizer, schedule, 11)
    assert [1 / 25, 1.0] == pytest.approx([course.expected[0], course.expected[2]])
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        schedule.step()


def test_one_cycle_moves_adams_first_beta():
    optimizer = optim.Adam([torch.zeros(1).requires_grad_()])
    schedules.OneCycleLR(optimizer, 1.0, total_steps=10)
    assert optimizer.param_groups[0]["betas"] == (0.95, 0.999)


def test_get_last_lr_and_the_state(optimizer):
    schedule = schedules.StepLR(optimizer, 2)
    rates(optimizer, schedule, 4)
    assert schedule.get_last_lr() == [0.1]
    assert schedule.state_dict()["last_epoch"] == 3
    other = make()
    resumed = schedules.StepLR(other, 5)
    resumed.load_state_dict(schedule.state_dict())
    assert resumed.step_size == 2 and resumed.last_epoch == 3 and resumed.optimizer is other


def test_functions_are_not_saved_but_objects_attributes_are(optimizer):
    class Warm:
        def __init__(self, steps):
            self.steps = steps

        def __call__(self, step):
            return min(1, step / self.steps)

    state = schedules.LambdaLR(optimizer, Warm(3)).state_dict()
    assert state["lr_lambdas"] == [{"steps": 3}]
    assert pickle.loads(pickle.dumps(state)) == state
    resumed = schedules.LambdaLR(make(), Warm(9))
    resumed.load_state_dict(state)
    assert resumed.lr_lambdas[0].steps == 3
    assert schedules.LambdaLR(make(), lambda step: 1).state_dict()["lr_lambdas"] == [None]


def test_a_schedule_of_ones_own(optimizer):
    class Halves(schedules.LRScheduler):
        def get_lr(self):
            return [base / 2**self.last_epoch for base in self.base_lrs]

    schedule = Halves(optimizer)
    assert [1, 0.5, 0.25] == rates(optimizer, schedule, 3)


class TestWarnings:
    def test_stepping_the_schedule_first_warns_once(self, optimizer):
        schedule = schedules.StepLR(optimizer, 2)
        with pytest.warns(
            UserWarning, match="Detected call of `lr_scheduler.step\\(\\)` before `optimizer.step\\(\\)`"
        ):
            schedule.step()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            schedule.step()

    def test_the_right_order_does_not_warn(self, optimizer):
        schedule = schedules.StepLR(optimizer, 2)
        optimizer.param_groups[0]["params"][0].grad = torch.zeros(1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            optimizer.step()
            schedule.step()

    def test_get_lr_and_epochs_by_number_warn(self, optimizer):
        schedule = schedules.StepLR(optimizer, 2)
        with pytest.warns(UserWarning, match="get_last_lr"):
            schedule.get_lr()
        optimizer._opt_called = True  # the order is another test's
        with pytest.warns(UserWarning, match="epoch parameter"):
            schedule.step(4)
        assert math.isclose(optimizer.param_groups[0]["lr"], 0.01)


@pytest.mark.parametrize(
    "make_schedule,kind,text",
    [
        (lambda o: schedules.StepLR(3, 2), TypeError, "int is not an Optimizer"),
        (lambda o: schedules.StepLR(o, 0), ValueError, "step_size must be at least 1"),
        (lambda o: schedules.StepLR(o, 2, last_epoch=3), KeyError, "load the optimizer's checkpoint first"),
        (lambda o: schedules.LambdaLR(o, [abs, abs]), ValueError, "Expected 1 lr_lambdas, but got 2"),
        (lambda o: schedules.MultiplicativeLR(o, 3), TypeError, "should be a function, but got int"),
        (lambda o: schedules.LinearLR(o, 0), ValueError, "greater than 0 and less or equal to 1, got 0"),
        (lambda o: schedules.CosineAnnealingLR(o, 0), ValueError, "must not be 0"),
        (lambda o: schedules.CosineAnnealingWarmRestarts(o, 0), ValueError, "Expected positive integer T_0"),
        (lambda o: schedules.ReduceLROnPlateau(o, factor=1), ValueError, "Factor should be < 1.0, got 1"),
        (lambda o: schedules.ReduceLROnPlateau(o, "low"), ValueError, "Expected 'min' or 'max'"),
        (lambda o: schedules.OneCycleLR(o, 1.0), ValueError, "You must define either total_steps"),
        (lambda o: schedules.OneCycleLR(o, 1.0, 10, pct_start=0.1), ValueError, "choose another"),
        (lambda o: schedules.SequentialLR(o, [], []), ValueError, "at least one scheduler"),
        (
            lambda o: schedules.SequentialLR(o, [schedules.ReduceLROnPlateau(o)], []),
            ValueError,
            "does not support `ReduceLROnPlateau`",
        ),
        (
            lambda o: schedules.ChainedScheduler([schedules.StepLR(o, 2), schedules.StepLR(make(), 2)]),
            ValueError,
            "scheduler StepLR at index 1 belongs to another SGD",
        ),
    ],
)
def test_errors_name_what_is_wrong(optimizer, make_schedule, kind, text):
    with pytest.raises(kind, match=text):
        make_schedule(optimizer)


def test_a_group_that_joins_later_is_named(optimizer):
    schedule = schedules.LambdaLR(optimizer, lambda step: 1)
    optimizer.add_param_group({"params": torch.zeros(1).requires_grad_()})
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="made for 1 parameter groups, the optimizer has 2"):
        schedule.step()

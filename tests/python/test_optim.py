"""Optimisers in Python: groups, state, checkpoints, hooks, errors. tests/parity holds their numbers against PyTorch."""

import copy
import gc
import pickle
import warnings
import weakref

import pytest

import lamella as torch
from lamella import optim


def parameter(*values):
    return torch.tensor([float(v) for v in values]).requires_grad_()


def with_gradient(p, *slopes):
    p.grad = torch.tensor([float(s) for s in slopes])
    return p


def test_sgd_subtracts_the_gradient_times_the_rate():
    p = with_gradient(parameter(1, 2), 4, 8)
    optim.SGD([p], lr=0.25).step()
    assert p.tolist() == [0, 0]


def test_groups_have_options_of_their_own_and_are_live():
    a, b = with_gradient(parameter(1), 1), with_gradient(parameter(1), 1)
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.25}], lr=0.5)
    optimizer.step()
    assert (a.item(), b.item()) == (0.5, 0.75)
    for group in optimizer.param_groups:
        group["lr"] = 0.125
    optimizer.step()
    assert (a.item(), b.item()) == (0.375, 0.625)


def test_parameters_without_a_gradient_are_left_alone():
    a, b = with_gradient(parameter(1), 1), parameter(7)
    optimizer = optim.Adam([a, b], lr=0.5, weight_decay=0.1)
    optimizer.step()
    assert b.item() == 7
    assert b not in optimizer.state


def test_state_is_keyed_by_the_tensor():
    p = with_gradient(parameter(1), 1)
    optimizer = optim.Adam([p])
    optimizer.step()
    assert sorted(optimizer.state[p]) == ["exp_avg", "exp_avg_sq", "step"]
    assert optimizer.state[p]["step"].dtype is torch.float32
    assert optimizer.state[p]["step"].shape == ()
    assert optimizer.state[p]["step"].item() == 1


def test_zero_grad_drops_the_gradient_or_zeroes_it():
    p = with_gradient(parameter(1), 3)
    gradient = p.grad
    optimizer = optim.SGD([p], lr=1)
    optimizer.zero_grad(set_to_none=False)
    assert gradient.item() == 0 and p.grad is gradient
    optimizer.zero_grad()
    assert p.grad is None


def test_the_closures_loss_is_returned_and_it_may_record():
    p = parameter(1)
    optimizer = optim.SGD([p], lr=1)

    def closure():
        assert torch.is_grad_enabled()
        with_gradient(p, 1)
        return 5.0

    assert optimizer.step(closure) == 5.0
    assert p.item() == 0


def test_a_generator_and_names_are_taken():
    p = parameter(1)
    assert optim.SGD((q for q in [p]), lr=1).param_groups[0]["params"] == [p]
    group = optim.SGD([("layer.weight", p)], lr=1).param_groups[0]
    assert group["params"][0] is p and group["param_names"] == ["layer.weight"]


def test_channels_last_and_strided_parameters_are_stepped():
    base = torch.zeros(2, 3)
    p = base.as_strided((3, 2), (1, 3)).detach().requires_grad_()
    p.grad = torch.ones(3, 2)
    optim.SGD([p], lr=1, momentum=0.5).step()
    assert base.tolist() == [[-1, -1, -1], [-1, -1, -1]]


def test_sixteen_bit_parameters_are_stepped():
    p = torch.ones(3, dtype=torch.bfloat16).requires_grad_()
    p.grad = torch.ones(3, dtype=torch.bfloat16)
    optimizer = optim.Adam([p], lr=0.5)
    optimizer.step()
    assert p.tolist() == [0.5, 0.5, 0.5]
    assert optimizer.state[p]["exp_avg"].dtype is torch.bfloat16


def test_a_step_writes_in_place_and_counts_as_a_version():
    p = with_gradient(parameter(1), 1)
    before = p._version
    optim.SGD([p], lr=1).step()
    assert p._version > before


class TestStateDict:
    def train(self, optimizer, steps):
        for step in range(steps):
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.grad = torch.full(tuple(p.shape), float(step + 1))
            optimizer.step()

    @pytest.mark.parametrize(
        "kind,options",
        [
            (optim.SGD, {"lr": 0.1, "momentum": 0.9}),
            (optim.Adam, {"amsgrad": True}),
            (optim.AdamW, {}),
            (optim.RMSprop, {"momentum": 0.9, "centered": True}),
        ],
    )
    def test_a_resumed_training_goes_on_as_one_that_was_not_stopped(self, kind, options):
        whole, parts = [parameter(1, 2), parameter(3)], [parameter(1, 2), parameter(3)]
        optimizer = kind(whole, **options)
        self.train(optimizer, 3)
        self.train(optimizer, 3)
        first = kind(parts, **options)
        self.train(first, 3)
        saved = copy.deepcopy(first.state_dict())
        second = kind(parts)
        second.load_state_dict(saved)
        self.train(second, 3)
        assert [p.tolist() for p in parts] == [p.tolist() for p in whole]

    def test_has_torchs_form(self):
        a, b = parameter(1), parameter(2)
        optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1, momentum=0.9)
        self.train(optimizer, 1)
        state = optimizer.state_dict()
        assert list(state) == ["state", "param_groups"]
        assert list(state["state"]) == [0, 1]
        assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
        assert state["param_groups"][1]["lr"] == 0.5

    def test_state_takes_the_parameters_dtype_but_step_keeps_its_own(self):
        p = torch.ones(2, dtype=torch.float64).requires_grad_()
        optimizer = optim.Adam([p])
        saved = {"step": torch.tensor(3.0), "exp_avg": torch.ones(2), "exp_avg_sq": torch.ones(2)}
        optimizer.load_state_dict({"state": {0: saved}, "param_groups": optimizer.state_dict()["param_groups"]})
        assert optimizer.state[p]["exp_avg"].dtype is torch.float64
        assert optimizer.state[p]["step"].dtype is torch.float32

    def test_old_checkpoints_count_steps_in_numbers(self):
        p = with_gradient(parameter(1), 1)
        optimizer = optim.Adam([p])
        saved = {"step": 3, "exp_avg": torch.ones(1), "exp_avg_sq": torch.ones(1)}
        optimizer.load_state_dict({"state": {0: saved}, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999),
                                   "eps": 1e-8, "weight_decay": 0, "params": [0]}]})  # fmt: skip
        optimizer.step()
        assert optimizer.state[p]["step"].item() == 4

    def test_another_networks_state_is_refused_by_the_step(self):
        p = with_gradient(parameter(1), 1)
        optimizer = optim.SGD([p], lr=1, momentum=0.9)
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": {0: {"momentum_buffer": torch.ones(2)}}, "param_groups": groups})
        with pytest.raises(ValueError, match=r"shape \[2\] beside a parameter of shape \[1\]"):
            optimizer.step()
        assert p.item() == 1

    def test_hooks_see_and_replace_state_dicts(self):
        optimizer = optim.SGD([parameter(1)], lr=1)
        calls = []
        optimizer.register_state_dict_pre_hook(lambda o: calls.append("save"))
        optimizer.register_state_dict_post_hook(lambda o, state: {**state, "note": 1})
        optimizer.register_load_state_dict_pre_hook(lambda o, state: {k: v for k, v in state.items() if k != "note"})
        optimizer.register_load_state_dict_post_hook(lambda o: calls.append("loaded"))
        state = optimizer.state_dict()
        assert state["note"] == 1
        optimizer.load_state_dict(state)
        assert calls == ["save", "loaded"]


class TestCopies:
    def test_a_deep_copy_steps_its_own_parameters(self):
        p = with_gradient(parameter(1), 1)
        optimizer = optim.SGD([p], lr=0.5, momentum=0.9)
        optimizer.step()
        other = copy.deepcopy(optimizer)
        (q,) = other.param_groups[0]["params"]
        assert q is not p and q in other.state
        with_gradient(q, 1)
        other.step()
        assert p.item() == 0.5

    def test_pickling_keeps_groups_and_state(self):
        p = with_gradient(parameter(1), 1)
        optimizer = optim.Adam([p], lr=0.5)
        optimizer.step()
        other = pickle.loads(pickle.dumps(optimizer))
        (q,) = other.param_groups[0]["params"]
        assert other.state[q]["step"].item() == 1
        assert other.param_groups[0]["lr"] == 0.5

    def test_nothing_is_held_in_a_cycle(self):
        optimizer = optim.SGD([parameter(1)], lr=1)
        optim.lr_scheduler.StepLR(optimizer, 3)
        reference = weakref.ref(optimizer)
        gc.disable()
        try:
            del optimizer
            assert reference() is None
        finally:
            gc.enable()


class TestHooks:
    def test_step_hooks_run_around_the_step_in_order(self):
        p = with_gradient(parameter(1), 1)
        optimizer = optim.SGD([p], lr=1)
        calls = []
        everywhere = optim.register_optimizer_step_pre_hook(lambda o, args, kwargs: calls.append("global"))
        before = optimizer.register_step_pre_hook(lambda o, args, kwargs: calls.append(p.item()))
        optimizer.register_step_post_hook(lambda o, args, kwargs: calls.append(p.item()))
        optimizer.step()
        assert calls == ["global", 1, 0]
        everywhere.remove()
        before.remove()
        optimizer.step()
        assert calls == ["global", 1, 0, -1]

    def test_a_pre_hook_may_change_the_arguments(self):
        p = with_gradient(parameter(1), 1)
        optimizer = optim.SGD([p], lr=1)
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((lambda: 7,), {}))
        assert optimizer.step() == 7

    def test_a_users_optimizer_has_hooks_and_steps_once_through_its_base(self):
        class Twice(optim.SGD):
            def step(self, closure=None):
                super().step(closure)
                return super().step(closure)

        p = with_gradient(parameter(1), 1)
        optimizer = Twice([p], lr=0.25)
        calls = []
        optimizer.register_step_post_hook(lambda o, args, kwargs: calls.append(p.item()))
        optimizer.step()
        assert calls == [0.5]

    def test_an_optimizer_written_from_the_base(self):
        class Sign(optim.Optimizer):
            def __init__(self, params, lr=optim.optimizer.required):
                super().__init__(params, {"lr": lr})

            @torch.no_grad()
            def step(self, closure=None):
                for group in self.param_groups:
                    for p in group["params"]:
                        p.fill_(p.item() - group["lr"] * (1 if p.grad.item() > 0 else -1))

        p = with_gradient(parameter(1), -5)
        Sign([{"params": [p], "lr": 0.5}]).step()
        assert p.item() == 1.5
        with pytest.raises(ValueError, match="required optimization parameter lr"):
            Sign([p])


class TestErrors:
    @pytest.mark.parametrize(
        "make,kind,text",
        [
            (lambda p: optim.SGD([], lr=1), ValueError, "optimizer got an empty parameter list"),
            (lambda p: optim.SGD(p, lr=1), TypeError, r"but got one .* of shape \[1\]; put it into a list"),
            (lambda p: optim.SGD([p, 3.0], lr=1), TypeError, "one of the params is builtins.float"),
            (lambda p: optim.SGD([{"params": {p}}], lr=1), TypeError, "Please use a list instead"),
            (
                lambda p: optim.SGD([{"params": p}, {"params": p}], lr=1),
                ValueError,
                "parameter 0 is in group 0 already",
            ),
            (lambda p: optim.SGD([("a", p), p], lr=1), ValueError, "Some param names are missing"),
            (lambda p: optim.SGD([p], lr=-1), ValueError, "Invalid learning rate: -1"),
            (lambda p: optim.SGD([p], lr=1, nesterov=True), ValueError, "got momentum=0, dampening=0"),
            (lambda p: optim.SGD([p], lr=1, differentiable=True), NotImplementedError, "differentiable=True"),
            (lambda p: optim.Adam([p], betas=(0.9, 1)), ValueError, "Invalid beta parameter at index 1: 1"),
            (lambda p: optim.Adam([p], fused=True, foreach=True), RuntimeError, "cannot be `True` together"),
            (lambda p: optim.RMSprop([p], alpha=-1), ValueError, "Invalid alpha value: -1"),
        ],
    )
    def test_names_what_is_wrong(self, make, kind, text):
        with pytest.raises(kind, match=text):
            make(parameter(1))

    def test_gives_both_sizes_of_groups(self):
        optimizer = optim.SGD([parameter(1)], lr=1)
        with pytest.raises(ValueError, match="group 0 has 2 parameters in the state dict, 1 in the optimizer"):
            optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]})
        with pytest.raises(ValueError, match="parameter groups: 0, this optimizer 1"):
            optimizer.load_state_dict({"state": {}, "param_groups": []})

    def test_a_pre_hook_that_returns_something_else(self):
        optimizer = optim.SGD([parameter(1)], lr=1)
        optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
        with pytest.raises(RuntimeError, match="must return None or a tuple"):
            optimizer.step()

    def test_a_step_that_changes_nothing_warns_once(self):
        optimizer = optim.SGD([parameter(1)], lr=1)
        with pytest.warns(UserWarning, match="no parameter has a gradient"):
            optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            optimizer.step()

    def test_a_parameter_twice_in_a_group_warns(self):
        p = parameter(1)
        with pytest.warns(UserWarning, match="duplicate parameters"):
            optim.SGD([p, p], lr=1)


def test_prints_its_groups():
    assert repr(optim.SGD([parameter(1)], lr=0.1)) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n"
        "    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)"
    )

"""Hooks on modules: when they run, what they may change, and how they are removed."""

import copy

import pytest

import lamella as torch
from lamella import nn
from lamella.nn.modules import module as of_all


def test_forward_hooks_see_and_change_arguments_and_results():
    layer, seen = nn.ReLU(), []
    layer.register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    layer.register_forward_hook(lambda module, args, output: seen.append((args[0].item(), output.item())))
    layer.register_forward_hook(lambda module, args, output: output + 1)
    assert layer(torch.tensor(3.0)).item() == 7 and seen == [(6.0, 6.0)]


def test_hooks_with_keyword_arguments():
    class Scale(nn.Module):
        def forward(self, x, by=1.0):
            return x * by

    layer, seen = Scale(), []
    layer.register_forward_pre_hook(lambda module, args, kwargs: (args, {"by": kwargs["by"] * 2}), with_kwargs=True)
    layer.register_forward_hook(lambda module, args, kwargs, output: seen.append(kwargs), with_kwargs=True)
    assert layer(torch.ones(1), by=3.0).item() == 6 and seen == [{"by": 6.0}]


def test_order_removal_and_the_block_of_a_handle():
    layer, calls = nn.ReLU(), []
    first = layer.register_forward_hook(lambda *_: calls.append(1))
    layer.register_forward_hook(lambda *_: calls.append(0), prepend=True)
    with layer.register_forward_hook(lambda *_: calls.append(2)):
        layer(torch.ones(1))
    first.remove()
    first.remove()
    layer(torch.ones(1))
    assert calls == [0, 1, 2, 0]


def test_a_hook_may_remove_itself():
    layer, calls = nn.ReLU(), []

    def once(module, args, output):
        calls.append("once")
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer(torch.ones(1))
    layer(torch.ones(1))
    assert calls == ["once"]


def test_hooks_that_are_always_called_see_failures():
    layer, seen = nn.Linear(2, 2), []
    layer.register_forward_hook(lambda module, args, output: seen.append(output), always_call=True)
    layer.register_forward_hook(lambda module, args, output: seen.append("not reached"))
    with pytest.raises(RuntimeError, match="^Linear: got 3 features"):
        layer(torch.ones(1, 3))
    assert seen == [None]


def test_hooks_on_all_modules():
    calls = []
    net = nn.Sequential(nn.ReLU(), nn.Tanh())
    with of_all.register_module_forward_hook(lambda module, args, output: calls.append(type(module).__name__)):
        net(torch.ones(1))
    net(torch.ones(1))
    assert calls == ["ReLU", "Tanh", "Sequential"]


def test_backward_hooks_see_and_change_gradients():
    layer, seen = nn.Tanh(), []
    layer.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 10,))
    layer.register_full_backward_hook(
        lambda module, grad_input, grad_output: seen.append((grad_input[0].item(), grad_output[0].item()))
    )
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] + 1,))
    x = torch.zeros(1, requires_grad=True)
    layer(x).backward()
    assert seen == [(10.0, 10.0)] and x.grad.item() == 11


def test_backward_hooks_of_a_layer_whose_input_needs_no_gradient():
    layer, seen = nn.Linear(2, 1), []
    layer.register_full_backward_hook(
        lambda module, grad_input, grad_output: seen.append((grad_input, grad_output[0].item()))
    )
    layer(torch.ones(1, 2)).backward()
    assert seen == [((None,), 1.0)] and layer.weight.grad is not None


def test_a_backward_hook_that_returns_too_many_gradients():
    layer = nn.ReLU()
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: (None, None))
    with pytest.raises(RuntimeError, match="invalid number of gradients, got 2, but expected 1"):
        layer(torch.ones(1, requires_grad=True)).backward()


def test_a_copy_has_hooks_of_its_own():
    layer, calls = nn.ReLU(), []
    layer.register_forward_hook(lambda *_: calls.append(1))
    twin = copy.deepcopy(layer)
    twin._forward_hooks.clear()
    layer(torch.ones(1))
    twin(torch.ones(1))
    assert calls == [1]


def test_state_hooks():
    layer = nn.Linear(1, 1)
    layer.register_state_dict_post_hook(lambda module, state, prefix, meta: state.__setitem__(prefix + "extra", 1))
    layer.register_load_state_dict_pre_hook(lambda module, state, prefix, *_: state.pop(prefix + "extra"))
    loaded = []
    layer.register_load_state_dict_post_hook(lambda module, keys: loaded.append(keys.missing_keys))
    assert list(layer.state_dict()) == ["weight", "bias", "extra"]
    layer.load_state_dict(layer.state_dict())
    assert loaded == [[]]

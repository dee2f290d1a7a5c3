"""Limits on gradients, and parameters as one vector."""

import math

import pytest

import lamella as torch
from lamella.nn.utils import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
    parameters_to_vector,
    vector_to_parameters,
)


def with_gradients(*gradients):
    params = []
    for gradient in gradients:
        params.append(torch.zeros(len(gradient)).requires_grad_())
        params[-1].grad = torch.tensor([float(g) for g in gradient])
    return params


def test_norm_scales_to_the_limit_and_says_what_it_was():
    params = with_gradients([3], [0, 4])
    norm = clip_grad_norm_((p for p in params), 1)
    assert norm.item() == 5 and norm.shape == ()
    assert params[1].grad.tolist() == pytest.approx([0, 0.8], abs=1e-6)


def test_small_gradients_are_left_alone():
    params = with_gradients([3], [0, 4])
    clip_grad_norm_(params, 10)
    assert params[0].grad.tolist() == [3]


@pytest.mark.parametrize("norm_type,expected", [(1, 7), (2, 5), (math.inf, 4), ("inf", 4)])
def test_norm_types(norm_type, expected):
    assert clip_grad_norm_(with_gradients([3], [0, -4]), 1, norm_type).item() == expected


def test_one_tensor_is_taken():
    (p,) = with_gradients([3, 4])
    assert clip_grad_norm_(p, 1).item() == 5
    assert get_total_norm(p.grad).item() == pytest.approx(1, abs=1e-6)


def test_what_is_no_number_spreads_unless_asked_to_raise():
    params = with_gradients([3], [math.nan])
    with pytest.raises(RuntimeError, match="is non-finite"):
        clip_grad_norm_(params, 1, error_if_nonfinite=True)
    assert params[0].grad.tolist() == [3]
    clip_grad_norm_(params, 1)
    assert math.isnan(params[0].grad.item())


def test_no_gradients_are_a_norm_of_zero_and_a_used_up_generator_warns():
    assert clip_grad_norm_([torch.zeros(1).requires_grad_()], 1).item() == 0
    used = (p for p in ())
    with pytest.warns(UserWarning, match="empty generator"):
        clip_grad_norm_(used, 1)


@pytest.mark.parametrize(
    "function", [lambda p: clip_grad_norm_(p, 1), lambda p: clip_grad_value_(p, 1), get_total_norm]
)
def test_none_among_the_tensors_is_refused(function):
    with pytest.raises((TypeError, ValueError)):
        function([None])


def test_a_norm_that_was_taken_before():
    params = with_gradients([3], [4])
    clip_grads_with_norm_(params, 1, get_total_norm([p.grad for p in params]))
    assert params[0].grad.item() == pytest.approx(0.6, abs=1e-6)


def test_value_limits_each_element():
    params = with_gradients([3, -0.5, -7])
    clip_grad_value_(params, 1)
    assert params[0].grad.tolist() == [1, -0.5, -1]


def test_parameters_become_one_vector_and_come_back():
    params = [torch.ones(2, 2).requires_grad_(), torch.zeros(3).requires_grad_()]
    vector = parameters_to_vector(params)
    assert vector.tolist() == [1, 1, 1, 1, 0, 0, 0]
    vector_to_parameters(torch.arange(7.0), params)
    assert params[0].tolist() == [[0, 1], [2, 3]] and params[1].tolist() == [4, 5, 6]
    with pytest.raises(ValueError, match="the vector has 3 elements, the parameters 7"):
        vector_to_parameters(torch.zeros(3), params)


def test_is_found_as_an_attribute_of_nn():
    assert torch.nn.utils.clip_grad_norm_ is clip_grad_norm_

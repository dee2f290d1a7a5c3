"""The operators as Python sees them: overloads, operators' own rules, named results, keyword names and refusals."""

import math
import warnings

import pytest

import lamella as torch

F = torch.nn.functional


def t(values):
    return torch.tensor(values)


def test_numbers_stand_on_either_side_of_an_operator():
    x = t([1.0, 2.0, 4.0])
    assert (2 - x).tolist() == [1, 0, -2]
    assert (2 / x).tolist() == [2, 1, 0.5]
    assert (2**x).tolist() == [2, 4, 16]
    assert (7 % x).tolist() == [0, 1, 3]
    assert (7 // x).tolist() == [7, 3, 1]
    assert torch.add(1, x).tolist() == [2, 3, 5]


def test_foreign_operands_are_left_to_python():
    x = t([1.0])
    with pytest.raises(TypeError):
        x + "text"
    assert (x == None) is False  # noqa: E711
    assert (x != "text") is True


def test_in_place_operators_return_the_same_object():
    x = t([1.0, 2.0])
    before = x
    x += 1
    x *= t([2.0, 3.0])
    assert x is before and x.tolist() == [4, 9]
    assert x.sqrt_() is before and x.tolist() == [2, 3]


def test_bits_of_bools_and_integers():
    assert (t([True, False]) & t([True, True])).tolist() == [True, False]
    assert (t([6, 5]) ^ 3).tolist() == [5, 6]
    assert (~t([0, 5])).tolist() == [-1, -6]
    assert (~t([True])).tolist() == [False]


def test_results_with_indices_are_named():
    best = torch.max(t([[1.0, 5.0], [7.0, 2.0]]), dim=1)
    values, indices = best
    assert best.values is values and best.indices is indices
    assert isinstance(best, torch.return_types.max)
    assert values.tolist() == [5, 7] and indices.tolist() == [1, 0]
    assert repr(best).startswith("torch.return_types.max(\nvalues=tensor(")
    assert t([3.0, 1.0, 2.0]).sort().indices.tolist() == [1, 2, 0]


def test_max_without_an_axis_and_of_two_tensors():
    x = t([1.0, 5.0])
    assert torch.max(x).item() == 5
    assert torch.max(x, t([3.0, 3.0])).tolist() == [3, 5]


@pytest.mark.parametrize("keywords", [{"dim": 1, "keepdim": True}, {"axis": 1, "keepdims": True}, {"dim": (1,), "keepdim": True}])
def test_reductions_take_torchs_and_numpys_names(keywords):
    assert t([[1.0, 2.0], [3.0, 4.0]]).sum(**keywords).tolist() == [[3], [7]]


def test_spread_in_all_forms():
    x = t([1.0, 2.0, 3.0, 4.0])
    assert x.var().item() == pytest.approx(5 / 3)
    assert x.var(unbiased=False).item() == x.var(0, False).item() == x.var(0, correction=0).item() == 1.25
    assert x.var(False).item() == 1.25
    assert x.std().item() == pytest.approx(math.sqrt(5 / 3))


def test_shapes_as_numbers_or_as_one_sequence():
    x = torch.arange(6)
    assert x.view(2, 3).shape == x.view((2, 3)).shape == x.view([2, -1]).shape == x.view(size=(2, 3)).shape == (2, 3)
    assert x.view(2, 3).permute(1, 0).shape == x.view(2, 3).permute((1, 0)).shape == (3, 2)
    assert x.repeat(2, 1).shape == (2, 6)
    with pytest.raises(TypeError, match="view"):
        x.view("two")


def test_split_by_a_size_or_by_sizes():
    assert [len(p) for p in torch.arange(5).split(2)] == [2, 2, 1]
    assert [len(p) for p in torch.split(torch.arange(5), [1, 4])] == [1, 4]
    assert isinstance(torch.arange(5).chunk(2), tuple)


def test_where_with_one_and_three_arguments():
    x = t([1.0, -1.0])
    assert torch.where(x > 0, x, 0).tolist() == [1, 0]
    assert [i.tolist() for i in torch.where(x > 0)] == [[0]]


def test_functional_inplace_and_return_indices():
    x = t([-1.0, 2.0])
    assert F.relu(x, inplace=True) is x and x.tolist() == [0, 2]
    values, indices = F.max_pool2d(torch.arange(16.0).view(1, 1, 4, 4), 2, return_indices=True)
    assert values.flatten().tolist() == indices.flatten().tolist() == [5, 7, 13, 15]
    assert F.adaptive_avg_pool2d(torch.ones(1, 2, 4, 6), (None, 3)).shape == (1, 2, 4, 3)


def test_losses_warn_of_legacy_arguments_and_of_broadcasting():
    x = t([1.0, 3.0])
    with pytest.warns(UserWarning, match="size_average"):
        assert F.mse_loss(x, t([0.0, 0.0]), size_average=False).item() == 10
    with pytest.warns(UserWarning, match="broadcasting"):
        assert F.mse_loss(x, t(0.0)).item() == 5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning):
            F.softmax(x)


def test_a_tensor_of_many_elements_answers_while_the_lock_is_free():
    x = torch.zeros(64, 1024)
    for _ in range(1000):
        assert x.shape == (64, 1024) and x.view(1024, 64).size(0) == 1024


def test_memory_is_seen_as_another_dtype():
    x = t([1.0, -2.0])
    bits = x.view(torch.int32)
    assert bits.tolist() == [0x3F800000, 0xC0000000 - (1 << 32)]
    bits[0] = 0
    assert x.tolist() == [0.0, -2.0] and x.view(torch.uint8).shape == (8,)


def test_a_tensor_becomes_a_view_of_itself_and_keeps_its_history():
    w = t([[1.0, 2.0]]).requires_grad_()
    x = w * 3
    y = x.t_().unsqueeze_(0)
    assert y is x and x.shape == (1, 2, 1) and not x.is_leaf
    x.mul_(2).sum().backward()
    assert w.grad.tolist() == [[6.0, 6.0]]
    with pytest.raises(RuntimeError, match="leaf"):
        w.unsqueeze_(0)
    z = w.detach().clone().requires_grad_() * 1
    used = z.square()
    z.t_()
    with pytest.raises(RuntimeError, match="modified by an in-?place operation|version"):
        used.sum().backward()


def test_what_is_not_supported_says_so():
    with pytest.raises(TypeError):
        torch.add(t([1.0]), 1, out=t([1.0]))

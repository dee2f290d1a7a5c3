"""Inputs at the edge of what is allowed: found by comparing random calls with PyTorch's."""

import subprocess
import sys

import numpy as np
import pytest

import lamella as torch
import lamella.nn.functional as F


def gradient(function, values):
    x = torch.tensor(values, requires_grad=True)
    function(x).sum().backward()
    return x.grad.tolist()


# Losses at the ends of their domains


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_logits_of_zero_have_half_the_slope(zero):
    target = torch.tensor([1.0, 0.0])
    grad = gradient(lambda x: F.binary_cross_entropy_with_logits(x, target, reduction="sum"), [zero, zero])
    assert grad == [-0.5, 0.5]  # sigmoid(0) - target


def test_saturated_probabilities_have_finite_gradients():
    target = torch.tensor([1.0, 0.0, 1.0])
    grad = gradient(lambda x: F.binary_cross_entropy(x, target, reduction="sum"), [0.0, 1.0, 1.0])
    assert grad == pytest.approx([-1e12, 1e12, 0.0])  # the divisor p (1 - p) is at least 1e-12


def test_binary_cross_entropy_can_be_differentiated_twice():
    p = torch.tensor([0.3, 0.9], dtype=torch.float64, requires_grad=True)
    t = torch.tensor([1.0, 0.2], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda p, t: F.binary_cross_entropy(p, t), (p, t))


@pytest.mark.parametrize("loss", [F.huber_loss, F.smooth_l1_loss])
def test_infinite_errors_have_the_slope_of_the_line(loss):
    inf = float("inf")
    assert gradient(lambda x: loss(x, torch.zeros(2), reduction="sum"), [inf, -inf]) == [1.0, -1.0]


@pytest.mark.parametrize("shape", [(2, 5, 0), (2, 5, 0, 3), (0, 5), (2, 5, 0, 0)])
@pytest.mark.parametrize("loss", [F.nll_loss, F.cross_entropy])
def test_class_losses_of_nothing(loss, shape):
    x = torch.zeros(*shape, requires_grad=True)
    target = torch.zeros(shape[0], *shape[2:], dtype=torch.int64)
    each = loss(x, target, reduction="none")
    assert each.shape == target.shape
    each.sum().backward()
    assert x.grad.shape == shape and loss(x, target, reduction="sum").item() == 0


def test_negative_targets_of_kl_div_are_nan():
    assert torch.isnan(F.kl_div(torch.zeros(2), torch.tensor([-1.0, 1.0]), reduction="none")).tolist() == [True, False]


# Shapes


def test_nothing_chunks_into_as_many_parts_as_asked_for():
    assert [c.shape for c in torch.zeros(3, 0).chunk(4, 1)] == [(3, 0)] * 4


def test_a_number_is_nonzero_at_index_zero():
    assert [i.tolist() for i in torch.tensor(3.0).nonzero(as_tuple=True)] == [[0]]
    assert [i.tolist() for i in torch.where(torch.tensor(True))] == [[0]]


def test_inner_keeps_the_axes_of_both():
    assert torch.inner(torch.ones(1, 2, 1), torch.ones(1, 1, 1)).shape == (1, 2, 1, 1)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_unflatten_of_what_has_no_axis_raises(shape):
    with pytest.raises(IndexError):
        torch.zeros(()).unflatten(0, shape)


@pytest.mark.parametrize("size", [(1, 2), (3, 3), (2, 2, 3), (4,)])
def test_sum_to_a_size_that_cannot_be_expanded_raises(size):
    with pytest.raises(RuntimeError, match="not expandable"):
        torch.ones(2, 3).sum_to_size(size)


@pytest.mark.parametrize("split", [torch.hsplit, torch.vsplit, torch.tensor_split])
def test_absurd_numbers_of_parts_raise(split):
    with pytest.raises(RuntimeError):
        split(torch.ones(2, 2), 2**40)


def test_ravel_and_take_give_contiguous_tensors():
    assert torch.arange(8)[::2].ravel().is_contiguous()
    assert torch.arange(8).take(torch.tensor([[0, 1], [2, 3]]).t()).is_contiguous()


def test_output_padding_beyond_the_stride():
    x = torch.ones(1, 1, 2, 3, dtype=torch.float64, requires_grad=True)
    w = torch.ones(1, 2, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: F.conv_transpose2d(x, w, output_padding=1, dilation=2), (x, w))


def test_dropout3d_of_three_axes_drops_the_second():
    torch.manual_seed(5)
    rows = F.dropout3d(torch.ones(64, 3, 2))
    assert all(row.unique().numel() == 1 for row in rows)


@pytest.mark.parametrize("size", [-1, (2, -1)])
def test_adaptive_pools_refuse_negative_sizes(size):
    with pytest.raises(RuntimeError, match="at least 0"):
        F.adaptive_avg_pool2d(torch.ones(1, 2, 4, 4), size)


# Elements


def test_fmax_and_fmin_pass_over_nan():
    nan = float("nan")
    a, b = torch.tensor([1.0, nan, nan, 2.0]), torch.tensor([nan, 2.0, nan, 3.0])
    assert torch.fmax(a, b).tolist()[:2] == [1.0, 2.0] and torch.fmax(a, b)[2].isnan() and torch.fmax(a, b)[3] == 3
    assert torch.fmin(a, b).tolist()[:2] == [1.0, 2.0] and torch.fmin(a, b)[3] == 2


def test_a_dtype_holds_for_the_terms_not_for_the_result():
    x = torch.tensor([1.6, 1.6])
    assert torch.prod(x, 0, dtype=torch.int32).item() == 1
    assert torch.nansum(x, dtype=torch.int32).item() == 2


def test_powers_of_bool_have_a_derivative():
    assert gradient(lambda x: x.pow(True), [2.0]) == [1.0]


def test_float_power_is_float64():
    assert torch.float_power(torch.tensor(1.0), torch.ones(2)).dtype is torch.float64


@pytest.mark.parametrize("training", [False, True])
def test_rrelu_in_place_is_differentiable(training):
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = x * 2
    assert F.rrelu(y, training=training, inplace=True) is y
    y.sum().backward()
    assert 0.25 <= x.grad[0] <= 2 / 3 and x.grad[1] == 2
    assert F.rrelu_(torch.tensor([-1.0]))[0].item() == pytest.approx(-(1 / 8 + 1 / 3) / 2)


# Numbers from Python


@pytest.mark.parametrize("value, dtype", [(300, "uint8"), (float("nan"), "int32"), (2.0**31, "int32"), (-129, "int8"), (1e30, "int64")])
def test_numbers_that_a_dtype_cannot_hold_raise(value, dtype):
    with pytest.raises(RuntimeError, match=f"out of the range of {dtype}"):
        torch.tensor([value], dtype=getattr(torch, dtype))


def test_numbers_at_the_ends_of_dtypes():
    assert torch.tensor([-1], dtype=torch.uint8).item() == 255  # as in PyTorch
    for dtype in (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8):
        info = torch.iinfo(dtype)
        assert torch.tensor([info.min, info.max], dtype=dtype).tolist() == [info.min, info.max]


def test_integers_beyond_64_bits_raise():
    with pytest.raises(ValueError, match="64 bits"):
        torch.tensor(2**70)


def test_a_list_that_holds_itself_raises():
    own = []
    own.append(own)
    with pytest.raises(ValueError, match="too many dimensions"):
        torch.tensor(own)


def test_fill_takes_numbers():
    assert torch.zeros(2).fill_(torch.tensor(3)).tolist() == [3, 3]
    with pytest.raises(RuntimeError, match="0-dimensional"):
        torch.zeros(2).fill_(torch.ones(2))


# numpy, buffers and DLPack


def test_read_only_arrays_warn_once():
    script = """if 1:
        import warnings, numpy, lamella
        array = numpy.arange(3.0)
        array.flags.writeable = False
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lamella.from_numpy(array), lamella.from_numpy(array), lamella.tensor(array)
        assert len(caught) == 1 and "not writable" in str(caught[0].message), caught
    """
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("make", [torch.from_numpy, torch.tensor, torch.as_tensor])
def test_arrays_of_another_byte_order_raise(make):
    other = np.arange(3, dtype=np.dtype("f4").newbyteorder())
    with pytest.raises(ValueError, match="byte order"):
        make(other)


@pytest.mark.parametrize("dtype, name", [([("a", "i4")], "void"), ("U3", "str_"), ("O", "object_"), ("M8[D]", "datetime64")])
def test_arrays_of_no_numbers_raise(dtype, name):
    with pytest.raises(TypeError, match=rf"numpy\.{name}\."):
        torch.from_numpy(np.zeros(2, dtype=dtype))


def test_from_numpy_takes_arrays_only():
    for other in ([1, 2], np.float32(1), None):
        with pytest.raises(TypeError):
            torch.from_numpy(other)


def test_functions_of_numpy_give_tensors():
    assert isinstance(np.exp(torch.zeros(2)), torch.Tensor)
    assert isinstance(torch.ones(2) + np.ones(2), torch.Tensor) and (torch.ones(2) + np.ones(2)).tolist() == [2, 2]


def test_dlpack_there_and_back():
    x = torch.arange(6.0).reshape(2, 3).t()
    array = np.from_dlpack(x)
    assert array.strides == (4, 12) and np.shares_memory(array, x.numpy())
    y = torch.utils.dlpack.from_dlpack(array)
    y[0, 0] = 7
    assert x[0, 0] == 7 and y.data_ptr() == x.data_ptr()
    for shape in ((), (0, 3), (2, 0)):
        assert torch.from_dlpack(np.zeros(shape)).shape == shape
    with pytest.raises(BufferError):
        torch.ones(2, requires_grad=True).__dlpack__()


def test_frombuffer_shares_memory():
    data = bytearray(np.arange(4, dtype="f4").tobytes())
    x = torch.frombuffer(data, dtype=torch.float32, offset=4, count=2)
    assert x.tolist() == [1, 2]
    x[0] = 9
    assert np.frombuffer(data, "f4")[1] == 9


@pytest.mark.parametrize("arguments", [{"offset": 3}, {"offset": 16}, {"count": 5}, {"count": 0}, {"offset": -1}])
def test_frombuffer_raises_where_it_does_not_fit(arguments):
    with pytest.raises(ValueError, match="frombuffer"):
        torch.frombuffer(bytearray(16), dtype=torch.float32, **arguments)

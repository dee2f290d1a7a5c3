"""x[…] and x[…] = y against numpy, whose rules torch shares where both have one."""

import numpy as np
import pytest

import lamella as torch

ARRAY = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
MASK2 = np.array([[True, False, True], [False, True, False]])
MASK4 = ARRAY % 3 == 0

KEYS = [
    0, -1, (0, 1), (0, 1, 2, 3), slice(None), slice(1, None), (slice(None), slice(0, 3, 2)), (slice(None, None, 2), 1),
    None, (None, 0), (0, None, 1), ..., (..., 0), (0, ..., 1), (..., None), (slice(5, 2),), (slice(-2, None), ..., slice(-1, None)),
    [0, 1], [1, -1, 0], (slice(None), [0, 2]), ([0, 1], [1, 2]), ([0, 1], slice(None), [1, 2]), (0, [1, 2]), ([0, 1], 0),
    np.array([[0, 1], [1, 0]]), (np.array([[0], [1]]), np.array([0, 2])), (slice(None), np.array([[0, 1], [1, 0]]), slice(1, 3)),
    MASK2, (MASK2, slice(1, 3)), (MASK2, 1), MASK4, (slice(None), [True, False, True]), (..., np.array([0, 4])),
    ([0, 1], None, [1, 2]), (None, [0, 1]), ([],), np.array([], dtype=np.int64), (slice(None), slice(None), [1], [2]),
]  # fmt: skip


def as_torch(key):
    if isinstance(key, tuple):
        return tuple(as_torch(k) for k in key)
    return torch.from_numpy(key) if isinstance(key, np.ndarray) else key


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("order", ["plain", "transposed"])
def test_reads_as_numpy_does(key, order):
    array = ARRAY if order == "plain" else np.ascontiguousarray(ARRAY.transpose(3, 2, 1, 0)).transpose(3, 2, 1, 0)
    expected = array[key]
    result = torch.from_numpy(array)[as_torch(key)]
    assert tuple(result.shape) == expected.shape
    assert result.tolist() == expected.tolist()


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("value", ["number", "full", "row"])
def test_writes_as_numpy_does(key, value):
    array = ARRAY.copy()
    place = array[key]
    given = {"number": np.int64(-7), "full": -np.arange(1, place.size + 1).reshape(place.shape), "row": -np.arange(1, (place.shape or (1,))[-1] + 1)}[value]
    if value == "row" and (place.ndim == 0 or place.size == 0):
        pytest.skip("a row fits no number")
    x = torch.from_numpy(array.copy())
    array[key] = given
    x[as_torch(key)] = int(given) if value == "number" else torch.from_numpy(np.ascontiguousarray(given))
    assert x.tolist() == array.tolist()


def test_basic_indexing_is_a_view():
    x = torch.zeros(3, 4)
    x[1][2] = 5
    x[:, 0].fill_(1)
    x[...][0, 3] = 2
    assert x.tolist() == [[1, 0, 0, 2], [1, 0, 5, 0], [1, 0, 0, 0]]


def test_flags_add_an_axis():
    x = torch.arange(3)
    assert x[True].shape == (1, 3) and x[False].shape == (0, 3) and x[torch.tensor(True)].shape == (1, 3)


def test_gradients_go_through_both_kinds():
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    (x[0, 1:].sum() * 2 + x[:, [0, 0, 2]].sum() + x[x > 3].sum()).backward()
    assert x.grad.tolist() == [[2, 2, 3], [2, 1, 2]]


def test_writes_are_recorded():
    x = torch.ones(3, requires_grad=True)
    y = torch.zeros(2, 3)
    y[0] = x * 2
    y[1, [0, 2]] = x[:2] * 3
    y.sum().backward()
    assert x.grad.tolist() == [5, 5, 2]


@pytest.mark.parametrize(
    "key, error, text",
    [
        (5, IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
        ((0, 0, 0, 0, 0), IndexError, "too many indices"),
        (1.5, IndexError, "float"),
        ("a", IndexError, "str"),
        (slice(None, None, -1), ValueError, "step must be greater than zero"),
        ([0, 7], IndexError, "7"),
        (torch.tensor([1.0]), IndexError, "long, int, byte or bool"),
    ],
)
def test_errors(key, error, text):
    with pytest.raises(error, match=text):
        torch.from_numpy(ARRAY)[key]


def test_a_0d_tensor_has_no_items():
    with pytest.raises(IndexError, match="item"):
        torch.tensor(1)[0]
    with pytest.raises(TypeError, match="0-d"):
        iter(torch.tensor(1))
    with pytest.raises(TypeError, match="0-d"):
        len(torch.tensor(1))


def test_values_that_do_not_fit_raise():
    x = torch.zeros(2, 3)
    for value in (torch.zeros(5), torch.zeros(4, 3)):
        with pytest.raises(RuntimeError):
            x[0] = value
    with pytest.raises(TypeError, match="str"):
        x[0] = "a"


def test_iteration_and_membership():
    x = torch.arange(6).reshape(3, 2)
    assert [row.tolist() for row in x] == [[0, 1], [2, 3], [4, 5]]
    a, b, c = x
    assert b.tolist() == [2, 3] and 5 in x and 6 not in x

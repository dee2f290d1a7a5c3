"""Layers, initialisers and losses: mistakes that are found at construction, warnings, and values from formulas."""

import math
import warnings

import pytest

import lamella as torch
import lamella.nn.functional as F
from lamella import nn
from lamella.nn import _arguments


@pytest.fixture
def warned(monkeypatch):
    """One-time warnings as if none had been given."""
    monkeypatch.setattr(_arguments, "_warned", set())


@pytest.mark.parametrize(
    "make, text",
    (
        (lambda: nn.Conv2d(4, 9, 3, groups=2), "out_channels=9 and groups=2 leave a rest of 1"),
        (lambda: nn.Conv2d(3, 8, (3, 3, 3)), r"kernel_size must be an int or 2 ints, one an axis, got \(3, 3, 3\)"),
        (lambda: nn.Conv2d(3, 8, 3.5), "kernel_size must be an int or 2 ints, got 3.5"),
        (lambda: nn.Conv2d(3, 8, 3, stride=0), "stride must be at least 1, got 0"),
        (lambda: nn.Conv2d(3, 8, 3, padding="full"), "padding must be one of 'same', 'valid', but got padding='full'"),
        (lambda: nn.Conv2d(3, 8, 3, 2, "same"), "padding='same' is not supported for strided convolutions"),
        (lambda: nn.Conv2d(3, 8, 3, padding_mode="mirror"), "padding_mode must be one of 'zeros', 'reflect'"),
        (lambda: nn.ConvTranspose2d(3, 8, 3, padding="same"), "ConvTranspose2d: padding must be numbers, got 'same'"),
        (lambda: nn.ConvTranspose2d(3, 8, 3, 2, output_padding=2), "smaller than either stride or dilation"),
        (lambda: nn.MaxPool2d(2, padding=2), "at most half of the effective kernel size"),
        (lambda: nn.ReflectionPad2d((1, 2)), "padding must be an int or 4 ints, one a side"),
        (lambda: nn.GroupNorm(2, 3), r"num_channels \(3\) must be divisible by num_groups \(2\)"),
        (lambda: nn.Dropout(1.5), "between 0 and 1, but got 1.5"),
        (lambda: nn.CrossEntropyLoss(reduction="average"), "reduction must be one of 'none', 'mean', 'sum'"),
        (lambda: nn.GELU("erf"), "approximate must be one of 'none', 'tanh'"),
    ),
)
def test_mistakes_are_found_at_construction(make, text):
    with pytest.raises((ValueError, TypeError), match=text) as caught:
        make()
    assert isinstance(caught.value, RuntimeError)


def test_first_weights_are_uniform_in_the_documented_bounds():
    layer = nn.Conv2d(4, 6, 3, groups=2)
    bound = 1 / math.sqrt(4 // 2 * 9)
    for values in (layer.weight, layer.bias):
        assert values.abs().max().item() <= bound < 1.5 * values.abs().max().item()


def test_one_seed_gives_the_same_layer_twice():
    torch.manual_seed(1)
    first = nn.Linear(5, 5)
    torch.manual_seed(1)
    assert torch.equal(nn.Linear(5, 5).weight, first.weight)


def test_batch_norm_follows_the_batch_and_remembers():
    layer = nn.BatchNorm1d(1, momentum=0.5)
    layer(torch.tensor([[1.0], [3.0]]))
    assert layer.running_mean.item() == 1.0  # half of the mean 2
    assert layer.running_var.item() == pytest.approx(0.5 * 1 + 0.5 * 2)  # the unbiased variance is 2
    assert layer.num_batches_tracked.item() == 1
    assert layer.eval()(torch.tensor([[1.0]])).item() == pytest.approx(0.0, abs=1e-6)


def test_output_size_of_transposed_convolutions_is_chosen_by_the_call():
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1)
    x = torch.ones(1, 1, 5, 5)
    assert layer(x, output_size=(9, 10)).shape == (1, 1, 9, 10)
    with pytest.raises(ValueError, match=r"valid sizes range from \[9, 9\] to \[10, 10\]"):
        layer(x, output_size=(30, 30))


def test_fold_adds_up_what_unfold_took_apart():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    ones = F.fold(F.unfold(torch.ones(1, 1, 4, 4), 3), 4, 3)
    assert torch.equal(F.fold(F.unfold(x, 3), 4, 3), x * ones)
    assert ones[0, 0].tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]


def test_unfold_keeps_infinities_where_they_are():
    x = torch.zeros(1, 1, 3, 3)
    x[0, 0, 1, 1] = math.inf
    columns = F.unfold(x, 2)
    assert columns.isinf().sum().item() == 4 and not columns.isnan().any()


def test_embedding_scales_rows_that_are_used_down_to_max_norm():
    table = torch.tensor([[3.0, 4.0], [3.0, 4.0], [0.3, 0.4]])
    rows = F.embedding(torch.tensor([0, 2]), table, max_norm=1.0)
    assert rows.norm(2, 1).tolist() == pytest.approx([1.0, 0.5]) and table[1].tolist() == [3.0, 4.0]


def test_embedding_gives_the_padding_row_no_gradient():
    layer = nn.Embedding(3, 2, padding_idx=1)
    layer(torch.tensor([0, 1, 1])).sum().backward()
    assert layer.weight.grad.sum(1).tolist() == [2.0, 0.0, 0.0] and layer.weight[1].abs().sum().item() == 0


def test_alpha_dropout_keeps_mean_and_variance():
    x = F.alpha_dropout(F.selu(torch.randn(100_000)), 0.2, training=True)
    assert abs(x.mean().item()) < 0.02 and abs(x.std().item() - 1) < 0.02  # some six deviations of either


def test_losses_of_other_shapes_warn():
    with pytest.warns(UserWarning, match="will likely lead to incorrect results due to broadcasting"):
        F.mse_loss(torch.ones(2, 1), torch.ones(2))


def test_targets_that_are_all_ignored_warn_once(warned):
    scores, targets = torch.zeros(2, 3), torch.tensor([-100, -100])
    with pytest.warns(UserWarning, match=r"every target is ignore_index \(-100\), so the loss is nan"):
        F.cross_entropy(scores, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.cross_entropy(scores, targets)


def test_linear_on_square_images_warns_once(warned):
    layer = nn.Linear(4, 2)
    with pytest.warns(UserWarning, match=r"looks like images \(N, C, H, W\)"):
        layer(torch.ones(1, 3, 4, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer(torch.ones(1, 3, 4, 4))
        layer(torch.ones(2, 4))


def test_kl_divergence_of_a_distribution_from_itself_is_zero():
    p = torch.tensor([[0.0, 0.25, 0.75]])
    assert F.kl_div(p.clamp(min=1e-30).log(), p, reduction="batchmean").item() == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("shape", ((4, 6), (6, 4), (8, 2, 3, 3)))
def test_orthogonal_rows_or_columns(shape):
    w = nn.init.orthogonal_(torch.empty(shape, dtype=torch.float64), gain=2.0).reshape(shape[0], -1)
    product = w @ w.t() if shape[0] <= w.shape[1] else w.t() @ w
    assert torch.allclose(product, 4 * torch.eye(product.shape[0], dtype=torch.float64), atol=1e-12)


def test_dirac_hands_channels_through():
    layer = nn.Conv2d(2, 2, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight)
    x = torch.randn(1, 2, 5, 5)
    assert torch.equal(layer(x), x)


def test_truncated_normal_numbers_stay_within_their_bounds():
    for bounds in ((-2.0, 2.0), (1.0, 1.2), (-0.1, 0.2)):
        w = nn.init.trunc_normal_(torch.empty(1000), 0.0, 1.0, *bounds)
        assert bounds[0] <= w.min().item() and w.max().item() <= bounds[1]


def test_gains():
    assert nn.init.calculate_gain("relu") == math.sqrt(2)
    assert nn.init.calculate_gain("leaky_relu", 1) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="Unsupported nonlinearity wavelet"):
        nn.init.calculate_gain("wavelet")

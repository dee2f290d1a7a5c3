"""Compares functions and methods of the torch namespace that exist in Python alone. Both packages have to be installed.

    pytest tests/parity/python_namespace.py

An expression is evaluated twice, with `torch` and `F` bound to either library and to the same inputs: `a` (3, 4), `b`
(4, 3) and `c` (3, 4) of normal numbers with a gradient, `i` (6,) of integers, `v` (5,) and `w` (6,) of numbers. dtypes,
shapes, values, gradients of a, b and c, and refusals must agree.
"""

import pytest

numpy = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
lamella = pytest.importorskip("lamella")

CASES = [
    "torch.result_type(a, 1)", "torch.result_type(i, 1.0)", "torch.result_type(i, a)", "torch.result_type(True, 2)",
    "torch.result_type(torch.tensor(1.0, dtype=torch.float64), a)", "torch.promote_types(torch.int8, torch.uint8)",
    "torch.can_cast(torch.float32, torch.int32)", "torch.detach(a)", "torch.fill(a, 2)", "torch.is_nonzero(v[:1])",
    "torch.is_nonzero(v)", "a.is_same_size(c)", "i.is_signed()", "torch.scalar_tensor(3)", "torch.range(1, 4)",
    "torch.range(0, 1, 0.25)", "torch.logspace(-1, 2, 7)", "torch.logspace(0, 3, 4, 2)", "torch.hann_window(9)",
    "torch.hann_window(8, False)", "torch.hamming_window(9)", "torch.hamming_window(1)", "torch.tril_indices(4, 3)",
    "torch.tril_indices(4, 5, -1)", "torch.triu_indices(4, 3, 1)", "torch.triu_indices(2, 3, -1, dtype=torch.int32)",
    "torch.block_diag(a, v, b)", "torch.cartesian_prod(v, w[:2])", "torch.combinations(v)",
    "torch.combinations(v, 3, True)", "torch.diagflat(a, 1)", "a.diagflat()", "torch.vander(v)",
    "torch.vander(v, 3, True)", "torch.cross(b, b.flip(0), 1)", "torch.cross(a, c)", "a.cross(c, dim=0)",
    "torch.cross(v, v)", "torch.kron(a, b)", "torch.kron(v, a)", "torch.addr(b, v[:4], w[:3], beta=2, alpha=3)",
    "torch.dist(a, c)", "torch.dist(a, c, 1)", "torch.renorm(a, 2, 0, 1.0)", "torch.cov(a)", "torch.cov(a, correction=0)",
    "torch.cov(v)", "torch.corrcoef(a)", "torch.trapezoid(a)", "torch.trapezoid(a, v[:4])", "torch.trapz(a, dx=0.5, dim=0)",
    "torch.logcumsumexp(a, 1)", "torch.logcumsumexp(a * 30, 0)", "torch.logaddexp2(a, c)", "torch.ldexp(a, i[:4])",
    "torch.rot90(a)", "torch.rot90(a, 2)", "a.rot90(-1, (1, 0))", "torch.rot90(a, 4)", "torch.rot90(a, 1, (0, 0))",
    "torch.unravel_index(i, (2, 4))", "torch.select_scatter(a, c[0], 0, 1)", "torch.select_scatter(a, c, 0, 1)",
    "torch.slice_scatter(a, c[:, :2], 1, 1, 3)", "torch.diagonal_scatter(a, c.diagonal())",
    "torch.index_reduce(a, 0, i[:3] % 3, c, 'amax')", "torch.index_reduce(a, 1, i[:4] % 4, c, 'prod', include_self=False)",
    "torch.index_reduce(a, 1, i[:4] % 4, c, 'sum')", "torch.searchsorted(v.sort().values, 0.5)",
    "torch.bucketize(0.5, v.sort().values, right=True)", "torch.searchsorted(v.sort().values, w, side='right')",
    "torch.searchsorted(v, w, side='left', right=True)", "torch.isin(i, 3)", "torch.isin(2, i)",
    "torch.fmax(a, c)", "torch.bincount(i)", "i.bincount()", "torch.unique(i)", "torch.cdist(a, c)",
    "torch.mode(i % 3)", "a.clone().addmm_(a, torch.eye(4))", "a.clone().addmv_(a, v[:4])", "v.clone().addmv_(a, v[:4])",
    "v[:3].clone().addmv_(a, v[:4], beta=0.5)", "a.clone().cumsum_(0)", "a.clone().cumprod_(1)", "a.clone().hypot_(c)",
    "a.clone().copysign_(c)", "a.clone().copysign_(-1.0)", "i.clone().cumsum_(0)", "a.clone().sinc_()", "a.clone().deg2rad_()",
    "a.detach().sigmoid().logit_()", "torch.logcumsumexp(v[0], 0)", "a.clone().t_()", "a.clone().swapaxes_(0, 1)", "a.clone().unsqueeze_(-1).squeeze_()",
    "a.unsqueeze_(0)", "a.detach().view(torch.int32)", "a.detach().new(2, 2).shape", "i.new([1, 2])",
    "i.clone().resize_(2, 2)", "v.clone().resize_as_(w[:4])", "F.pdist(a)", "F.pdist(a, 1)",
    "F.scaled_dot_product_attention(a, c, c)", "F.scaled_dot_product_attention(a, c, b.t(), is_causal=True)",
    "F.scaled_dot_product_attention(a, c, c, a[:, :3] > 0)", "F.scaled_dot_product_attention(a, c, c, b[:3], scale=0.3)",
    "F.scaled_dot_product_attention(a.view(2, 1, 2, 3), c.view(1, 1, 4, 3), c.view(1, 1, 4, 3))",
    "F.triplet_margin_with_distance_loss(a, c, b.t())",
    "F.triplet_margin_with_distance_loss(a, c, b.t(), distance_function=lambda x, y: (x - y).abs().sum(1), swap=True, margin=0.3)",
    "F.multi_margin_loss(a, i[:3] % 4)", "F.multi_margin_loss(a, i[:3] % 4, 2, 0.5, v[:4], reduction='none')",
    "F.multi_margin_loss(a[0], i[0] % 4)", "F.multilabel_soft_margin_loss(a, (c > 0).float(), v[:4])",
    "F.embedding(i % 4, b, scale_grad_by_freq=True)",
    "torch.div(v > 0, v > 1, rounding_mode='floor')", "torch.div(v > 0, v > 1, rounding_mode='trunc')",
    "torch.index_copy(a, 0, i[:2] % 2, c)", "torch.index_copy(a, 0, i[:1] * 0, c[:1, :2])",
]  # fmt: skip
DRAWS = [
    "torch.multinomial(v.abs() + 0.1, 2)", "torch.multinomial(v.abs() + 0.1, 9, replacement=True)",
    "(a.detach().abs() + 0.1).multinomial(1)", "torch.multinomial(a.detach().abs().double(), 4)",
    "torch.multinomial(a.detach().abs().double(), 50, True)", "torch.multinomial(v * 0, 1)", "torch.multinomial(-v.abs(), 1)",
    "torch.multinomial(v.abs(), 6)", "torch.normal(0.0, 2.0, (3, 7))", "torch.normal(v, 0.5)",
    "torch.normal(torch.zeros(20), torch.arange(1.0, 21.0))", "torch.normal(1.0, v.abs())", "v.clone().log_normal_()",
    "F.gumbel_softmax(a.detach())", "F.gumbel_softmax(a.detach(), hard=True, tau=0.5)",
]  # fmt: skip


def inputs_of(module):
    rng = numpy.random.default_rng(3)
    tensors = [module.from_numpy(rng.standard_normal(shape).astype("float32")) for shape in ((3, 4), (4, 3), (3, 4), (5,), (6,))]
    names = dict(zip("abcvw", tensors))
    for name in "abc":
        names[name].requires_grad_()
    names["i"] = module.from_numpy(numpy.array([3, 1, 0, 6, 2, 1]))
    return {**names, "torch": module, "F": module.nn.functional}


def outcome(module, expression):
    """What an expression gives, with gradients, or the exception that it raises."""
    module.manual_seed(11)
    names = inputs_of(module)
    try:
        result = eval(expression, names)  # the repository's own
    except Exception as error:
        return error
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    plain = []
    for item in results:
        if not isinstance(item, module.Tensor):
            plain.append(item)
            continue
        plain.append((str(item.dtype), tuple(item.shape), item.detach().double().numpy()))
        if item.requires_grad:
            for gradient in module.autograd.grad(item.sum(), [names[n] for n in "abc"], allow_unused=True, retain_graph=True):
                plain.append(None if gradient is None else ("gradient", tuple(gradient.shape), gradient.numpy()))
    return plain


@pytest.mark.parametrize("expression", CASES + DRAWS)
def test_agrees(expression):
    theirs, ours = outcome(torch, expression), outcome(lamella, expression)
    if isinstance(theirs, Exception) or isinstance(ours, Exception):
        kind = next(k for k in type(theirs).__mro__ if k.__module__ == "builtins")
        assert isinstance(ours, kind), f"torch raises {theirs!r}, lamella gives {ours!r}"
        return
    assert len(ours) == len(theirs)
    for ours_item, theirs_item in zip(ours, theirs):
        if not isinstance(theirs_item, tuple) or len(theirs_item) != 3:
            assert str(ours_item) == str(theirs_item)
            continue
        assert ours_item[:2] == theirs_item[:2]
        numpy.testing.assert_allclose(ours_item[2], theirs_item[2], rtol=2e-5, atol=1e-6)

"""torch.testing's comparison of tensors."""

from __future__ import annotations

from typing import Any

from lamella import _C

_TOLERANCES = {_C.float64: (1e-7, 1e-7), _C.float32: (1.3e-6, 1e-5), _C.bfloat16: (1.6e-2, 1e-5), _C.float16: (1e-3, 1e-5)}


def assert_close(
    actual: Any, expected: Any, *, rtol: float | None = None, atol: float | None = None, equal_nan: bool = False,
    check_dtype: bool = True, check_stride: bool = False, msg: str | None = None, **accepted,
) -> None:  # fmt: skip
    """Raises AssertionError unless |actual - expected| <= atol + rtol |expected| everywhere, with torch's tolerances by
    dtype. Sequences and mappings are compared entry by entry."""
    if isinstance(actual, (list, tuple)):
        if len(actual) != len(expected):
            raise AssertionError(msg or f"the lengths differ: {len(actual)} and {len(expected)}")
        for a, b in zip(actual, expected):
            assert_close(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg)
        return
    if isinstance(actual, dict):
        if actual.keys() != expected.keys():
            raise AssertionError(msg or f"the keys differ: {sorted(actual)} and {sorted(expected)}")
        for key in actual:
            assert_close(actual[key], expected[key], rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg)
        return
    actual, expected = _C.as_tensor(actual).detach(), _C.as_tensor(expected).detach()
    if actual.shape != expected.shape:
        raise AssertionError(msg or f"The values for attribute 'shape' do not match: {actual.shape} != {expected.shape}.")
    if check_dtype and actual.dtype is not expected.dtype:
        raise AssertionError(msg or f"The values for attribute 'dtype' do not match: {actual.dtype} != {expected.dtype}.")
    if check_stride and actual.stride() != expected.stride():
        raise AssertionError(msg or f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}.")
    defaults = [_TOLERANCES.get(t.dtype, (0.0, 0.0)) for t in (actual, expected)]
    rtol = max(d[0] for d in defaults) if rtol is None else rtol
    atol = max(d[1] for d in defaults) if atol is None else atol
    a, b = actual.double(), expected.double()
    close = _C.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if close.all().item():
        return
    difference = (a - b).abs()[~close]
    raise AssertionError(
        msg
        or f"Tensor-likes are not close!\n\nMismatched elements: {(~close).sum().item()} / {a.numel()}\n"
        f"Greatest absolute difference: {difference.max().item()} (up to {atol} allowed)\n"
    )

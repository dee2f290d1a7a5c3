"""What all the tests share."""

import pytest

import lamella


@pytest.fixture(autouse=True)
def defaults():
    """Each test starts from the same seed and leaves no mode behind."""
    lamella.manual_seed(0)
    yield
    assert lamella.is_grad_enabled() and not lamella.is_inference_mode_enabled()
    assert lamella.get_default_dtype() is lamella.float32
    lamella.autograd.set_detect_anomaly(False)

"""Anomaly mode: a backward that makes a NaN names the operator and the module in which its forward ran."""

from __future__ import annotations

from lamella import _C


class set_detect_anomaly:
    """Switches at once; as a context manager it switches back."""

    def __init__(self, mode: bool, check_nan: bool = True):
        self.previous = _C._anomaly_mode()
        _C._set_anomaly_mode(0 if not mode else 2 if check_nan else 1)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error) -> None:
        _C._set_anomaly_mode(self.previous)


class detect_anomaly(set_detect_anomaly):
    """`with detect_anomaly():`"""

    def __init__(self, check_nan: bool = True):
        self.check_nan = check_nan

    def __enter__(self) -> None:
        super().__init__(True, self.check_nan)

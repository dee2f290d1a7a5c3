"""The README's program runs, from the data to a picture that is recognised."""

import os
import pathlib
import re
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).parents[2] / "examples" / "thirty_lines.py"


def test_trains_saves_loads_and_recognises(tmp_path):
    done = subprocess.run(
        [sys.executable, str(PROGRAM)], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env=dict(os.environ, PYTHONWARNINGS="error"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    printed = re.fullmatch(r"accuracy after one epoch: (0\.\d+)\npicture\.png is: (.*)\n", done.stdout)
    assert printed and float(printed[1]) > 0.84 and printed[2] == "Ankle boot", done.stdout
    assert (tmp_path / "net.pt").stat().st_size > 4 * 20490

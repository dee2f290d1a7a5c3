"""The stubs that editors and type checkers read say what the module has."""

import ast
import pathlib
import subprocess
import sys

import lamella

PACKAGE = pathlib.Path(lamella.__file__).resolve().parent
MEND = "run: python -m nanobind.stubgen -m lamella._C -r -P -q -O python/lamella"


def test_are_those_that_nanobind_generates(tmp_path):
    subprocess.run([sys.executable, "-m", "nanobind.stubgen", "-m", "lamella._C", "-r", "-P", "-q", "-O", tmp_path], check=True)
    fresh = {file.relative_to(tmp_path).as_posix(): file.read_text() for file in tmp_path.rglob("*.pyi")}
    kept = {file.relative_to(PACKAGE).as_posix(): file.read_text() for file in PACKAGE.rglob("*.pyi")}
    assert sorted(fresh) == sorted(kept), MEND
    for name, text in fresh.items():
        ast.parse(text)
        assert text == kept[name], f"{name} is out of date; {MEND}"


def test_know_what_people_use():
    text = (PACKAGE / "_C" / "__init__.pyi").read_text()
    for name in ("class Tensor:", "def relu(input: lamella.Tensor", "def backward(", "def numpy(", "def __getitem__("):
        assert name in text, name
    assert "def conv2d(input: lamella.Tensor" in (PACKAGE / "_C" / "_nn.pyi").read_text()

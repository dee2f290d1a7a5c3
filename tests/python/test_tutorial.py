"""The tutorial's Python programs print what the pages show of the C++ programs, which other tests hold to the pages, and
where the C++ programs have been built, line for line what these print."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import lamella

ROOT = pathlib.Path(__file__).parents[2]
PROGRAMS = sorted((ROOT / "examples" / "tutorial").glob("*.py"))
BUILT = pathlib.Path(lamella.__file__).parents[2] / "examples" / "tutorial"  # where the package is that of a build tree
PAGES = [ROOT / "docs" / "tutorial.md", ROOT / "docs" / "tutorial.zh.md"]
# The same statement, as either language spells it.
SPELLED = {"requires_grad true": "requires_grad True", ": true": ": True", ": false": ": False", "x, 2, {2}": "x, 2, 2"}


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What a program prints, run once, in a folder of its own."""
    outputs = {}

    def run(program: pathlib.Path) -> str:
        if program not in outputs:
            done = subprocess.run(
                [sys.executable, "-X", "utf8", str(program)],
                cwd=tmp_path_factory.mktemp(program.stem),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=300,
                env=dict(os.environ, PYTHONWARNINGS="error"),
            )
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
            outputs[program] = done.stdout
        return outputs[program]

    return run


def in_python(line: str) -> str:
    for spelling, ours in SPELLED.items():
        line = line.replace(spelling, ours)
    return line


def shown(page: pathlib.Path, name: str) -> list[list[str]]:
    """The blocks of output that a page shows of a program."""
    pattern = rf"<!-- output: {name} -->\n```text\n(.*?)```\n"
    return [block.splitlines() for block in re.findall(pattern, page.read_text(encoding="utf-8"), re.S)]


def matches(pattern: str, line: str) -> bool:
    """… stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), line) is not None


def test_every_program_has_a_twin_in_python():
    assert [program.stem for program in PROGRAMS] == sorted(
        path.stem for path in (ROOT / "examples" / "tutorial").glob("*.cpp")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_prints_what_the_pages_show(program, page, printed):
    lines = iter(printed(program).splitlines())
    blocks = shown(page, program.stem)
    assert blocks
    for block in blocks:
        for pattern in block:
            assert any(matches(in_python(pattern), line) for line in lines), f"not printed, or not here: {pattern}"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_prints_the_shapes_of_the_text(program, printed):
    wanted = [line.split(" | ", 1) for line in (ROOT / "tests/tutorial/shapes.txt").read_text("utf-8").splitlines()]
    words = [entry[1] for entry in wanted if entry[0] == program.stem]
    assert words
    for word in words:
        assert in_python(word) in printed(program)


@pytest.mark.skipif(not BUILT.is_dir(), reason="the C++ programs are not built beside this package")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_prints_what_the_cpp_program_prints(program, printed, tmp_path):
    twin = subprocess.run(
        [str(BUILT / program.stem), str(tmp_path)], capture_output=True, text=True, encoding="utf-8", timeout=300
    )
    assert twin.returncode == 0, twin.stderr
    # Addresses differ and times; and C++ counts the bytes of the block that is taken, Python those of the numbers in it.
    anything = re.compile(r"0x[0-9a-f]+|seconds \d+\.\d+|bytes more: [1-9]\d*")
    expected = [in_python(line) for line in twin.stdout.splitlines() if not line.startswith("drew ")]
    assert anything.sub("…", printed(program)).splitlines() == [anything.sub("…", line) for line in expected]

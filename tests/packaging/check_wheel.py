#!/usr/bin/env python3
"""`pip install .` as a user runs it, into a fresh environment outside this tree: the package trains, the command runs.

usage: check_wheel.py SOURCE [setting=value…]    settings of the build, as pip's --config-settings takes them

nanobind and scikit-build-core are this interpreter's own, so that nothing is downloaded.
"""

import pathlib
import subprocess
import sys
import tempfile
import venv

PROGRAM = """
import lamella as torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(16, 1, 8, 8), torch.arange(16) % 2
first = last = None
for _ in range(30):
    loss = torch.nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    first, last = first or loss.item(), loss.item()
assert last < first / 2, (first, last)
import pathlib
package = pathlib.Path(torch.__file__).parent
assert (package / "py.typed").is_file() and (package / "_C" / "__init__.pyi").is_file(), list(package.iterdir())
print("trained with", torch.__version__)
"""


def run(*command: object, **options: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def main() -> None:
    source, *settings = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        wheels = pathlib.Path(folder) / "wheels"
        options = [f"--config-settings={setting}" for setting in settings]
        run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", *options, "-w", wheels, source)
        (wheel,) = wheels.glob("lamella-*.whl")
        environment = pathlib.Path(folder) / "venv"
        venv.create(environment, with_pip=True)
        run(environment / "bin" / "pip", "install", "-q", "--no-index", wheel)
        print(run(environment / "bin" / "python", "-c", PROGRAM, cwd=folder), end="")
        usage = run(environment / "bin" / "lamella", "--help", cwd=folder)
        assert "train" in usage and "predict" in usage, usage
        print(f"{wheel.name}: {wheel.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

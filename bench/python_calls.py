#!/usr/bin/env python3
"""What a call from Python costs on a tiny tensor: lamella beside PyTorch.

    PYTHONPATH=build/python .venv-test/bin/python bench/python_calls.py [--seconds 0.004] [--rounds 40] [--only add]

Each library runs in a process of its own, with one thread: the idle threads of one would take cores from the other, and
PyTorch's, which wait for each other, stall for milliseconds on a busy machine. The processes take turns, call by call and
round by round; the fastest round counts, which is what remains when the machine is shared. Prints nanoseconds a call and
the ratio, for thirty functions and ten modules, and the geometric means of both lists. The limits are 0.5 and 0.8.
"""

from __future__ import annotations

import argparse
import importlib
import math
import subprocess
import sys
import time

LIBRARIES = ("lamella", "torch")
FUNCTIONS = {
    "add": "torch.add(x, y)",
    "x + y": "x + y",
    "x * 2": "x * 2",
    "sub": "torch.sub(x, y)",
    "mul": "torch.mul(x, y)",
    "div": "torch.div(x, y)",
    "neg": "torch.neg(x)",
    "exp": "torch.exp(x)",
    "sqrt": "torch.sqrt(p)",
    "relu": "F.relu(x)",
    "sigmoid": "torch.sigmoid(x)",
    "tanh": "torch.tanh(x)",
    "gelu": "F.gelu(x)",
    "clamp": "torch.clamp(x, 0, 1)",
    "sum": "torch.sum(x)",
    "mean over dim": "torch.mean(x, dim=1)",
    "max over dim": "torch.max(x, dim=1)",
    "argmax": "torch.argmax(x, dim=1)",
    "reshape": "torch.reshape(x, (3, 2))",
    "x.view": "x.view(3, 2)",
    "transpose": "torch.transpose(x, 0, 1)",
    "unsqueeze": "torch.unsqueeze(x, 0)",
    "x[0]": "x[0]",
    "cat": "torch.cat([x, y])",
    "matmul": "torch.matmul(x, m)",
    "linear": "F.linear(x, w, b)",
    "conv2d": "F.conv2d(image, kernel, bias, padding=1)",
    "max_pool2d": "F.max_pool2d(image, 2)",
    "softmax": "F.softmax(x, dim=1)",
    "cross_entropy": "F.cross_entropy(x, classes)",
}
MODULES = {
    "Linear": "nn.Linear(3, 3)|x",
    "Conv2d": "nn.Conv2d(1, 2, 3, padding=1)|image",
    "ReLU": "nn.ReLU()|x",
    "MaxPool2d": "nn.MaxPool2d(2)|image",
    "BatchNorm2d": "nn.BatchNorm2d(1)|image",
    "Flatten": "nn.Flatten()|image",
    "Dropout": "nn.Dropout().eval()|x",
    "Softmax": "nn.Softmax(dim=1)|x",
    "CrossEntropyLoss": "nn.CrossEntropyLoss()|x, classes",
    "Sequential": "nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))|x",
}


def scope_of(package) -> dict:
    package.manual_seed(0)
    x = package.randn(2, 3)
    return {
        "torch": package,
        "F": package.nn.functional,
        "nn": package.nn,
        "x": x,
        "y": package.randn(2, 3),
        "p": package.rand(2, 3),
        "m": package.randn(3, 2),
        "w": package.randn(4, 3),
        "b": package.randn(4),
        "image": package.randn(1, 1, 4, 4),
        "kernel": package.randn(2, 1, 3, 3),
        "bias": package.randn(2),
        "classes": package.tensor([0, 2]),
    }


def make_loop(package, expression: str):
    """A loop over the expression, or over the call of a module ("module|arguments"), compiled once."""
    scope = scope_of(package)
    if "|" in expression:
        make, arguments = expression.split("|")
        scope["module"] = eval(make, scope)
        expression = f"module({arguments})"
    exec("def loop(repeats):\n    for _ in repeats:\n        " + expression, scope)
    return scope["loop"]


def elapsed(loop, count: int) -> float:
    start = time.perf_counter()
    loop(range(count))
    return time.perf_counter() - start


def serve(library: str, seconds: float) -> None:
    """The process of one library: for each name on the standard input it measures the call once, in nanoseconds."""
    package = importlib.import_module(library)
    package.set_num_threads(1)
    loops = {name: make_loop(package, expression) for name, expression in (FUNCTIONS | MODULES).items()}
    counts: dict[str, int] = {}
    print(package.__version__, flush=True)
    for line in sys.stdin:
        name = line.rstrip("\n")
        if name not in counts:
            counts[name], spent = 16, 0.0
            while spent < seconds / 4:
                counts[name] *= 2
                spent = elapsed(loops[name], counts[name])
            counts[name] = max(1, int(counts[name] * seconds / spent))
        print(elapsed(loops[name], counts[name]) / counts[name] * 1e9, flush=True)


class Server:
    """The other end of `serve`."""

    def __init__(self, library: str, seconds: float) -> None:
        command = [sys.executable, __file__, "--serve", library, "--seconds", str(seconds)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = self.read()

    def read(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of a library ended early (status {self.process.wait()})")
        return line.strip()

    def measure(self, name: str) -> float:
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        return float(self.read())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def print_table(title: str, names: list[str], best: dict) -> None:
    print(f"{title:20} {'lamella ns':>11} {'torch ns':>10} {'ratio':>7}")
    logs = []
    for name in names:
        ours, theirs = (best[library, name] for library in LIBRARIES)
        logs.append(math.log(ours / theirs))
        print(f"{name:20} {ours:11.0f} {theirs:10.0f} {ours / theirs:7.2f}")
    if logs:
        print(f"{'geometric mean':20} {'':11} {'':10} {math.exp(sum(logs) / len(logs)):7.3f}\n")


def cpu_name() -> str:
    try:
        with open("/proc/cpuinfo") as info:
            return next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown CPU")
    except OSError:
        return "unknown CPU"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.004, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="functions and modules of the lists")
    parser.add_argument("--serve", choices=LIBRARIES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.seconds)
        return
    names = [name for name in FUNCTIONS | MODULES if not arguments.only or name in arguments.only]
    servers = {library: Server(library, arguments.seconds) for library in LIBRARIES}
    best = {(library, name): math.inf for library in LIBRARIES for name in names}
    for _ in range(arguments.rounds):
        for name in names:
            for library, server in servers.items():
                best[library, name] = min(best[library, name], server.measure(name))
    versions = ", ".join(f"{library} {server.version}" for library, server in servers.items())
    for server in servers.values():
        server.close()
    print(f"{cpu_name()}\n{versions}; a process and one thread each\n")
    print_table("function", [name for name in names if name in FUNCTIONS], best)
    print_table("module", [name for name in names if name in MODULES], best)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What a call from Python costs on a tiny tensor: lamella beside PyTorch, in one process, call by call in turn.

    PYTHONPATH=build/python .venv-test/bin/python bench/python_calls.py [--seconds 0.02] [--rounds 15]

Prints nanoseconds a call (the fastest of the rounds, which is what remains when the machine is shared) and the ratio, for
thirty functions and ten modules, and the geometric means of both lists. The limits are 0.5 and 0.8.
"""

from __future__ import annotations

import argparse
import math
import time

import torch

import lamella

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


def timer(expression: str, scope: dict):
    """A loop over the expression, compiled once."""
    code = "def loop(repeats):\n    for _ in repeats:\n        " + expression
    names = {k: v for k, v in scope.items()}
    exec(code, names)
    return names["loop"]


def nanoseconds(loops: list, seconds: float, rounds: int) -> list[float]:
    counts = []
    for loop in loops:
        count, spent = 16, 0.0
        while spent < seconds / 4:
            count *= 2
            start = time.perf_counter()
            loop(range(count))
            spent = time.perf_counter() - start
        counts.append(max(1, int(count * seconds / spent)))
    best = [math.inf] * len(loops)
    for _ in range(rounds):
        for i, (loop, count) in enumerate(zip(loops, counts)):
            start = time.perf_counter()
            loop(range(count))
            best[i] = min(best[i], (time.perf_counter() - start) / count * 1e9)
    return best


def table(title: str, expressions: dict, seconds: float, rounds: int) -> float:
    print(f"{title:20} {'lamella ns':>11} {'torch ns':>10} {'ratio':>7}")
    logs = []
    for name, expression in expressions.items():
        loops = []
        for package in (lamella, torch):
            scope = scope_of(package)
            call = expression
            if "|" in expression:
                make, arguments = expression.split("|")
                scope["module"] = eval(make, scope)
                call = f"module({arguments})"
            loops.append(timer(call, scope))
        ours, theirs = nanoseconds(loops, seconds, rounds)
        logs.append(math.log(ours / theirs))
        print(f"{name:20} {ours:11.0f} {theirs:10.0f} {ours / theirs:7.2f}")
    mean = math.exp(sum(logs) / len(logs))
    print(f"{'geometric mean':20} {'':11} {'':10} {mean:7.2f}\n")
    return mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.02, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(lamella.get_num_threads())
    with open("/proc/cpuinfo") as info:
        print(next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown CPU"))
    print(f"lamella {lamella.__version__}, torch {torch.__version__}, {lamella.get_num_threads()} threads\n")
    table("function", FUNCTIONS, arguments.seconds, arguments.rounds)
    table("module", MODULES, arguments.seconds, arguments.rounds)


if __name__ == "__main__":
    main()

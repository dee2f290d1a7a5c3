#!/usr/bin/env python3
"""A training step of lamella's networks beside PyTorch's, in one run.

    cmake --preset bench && cmake --build --preset bench --target train_step
    python3 -m venv venv && venv/bin/pip install torch==2.13.0
    venv/bin/python bench/race.py build-bench/bench/train_step
    venv/bin/python bench/race.py build-bench/bench/train_step --models resnet18 --batch 32 --steps 10 --rounds 3
    PYTHONPATH=build/python venv/bin/python bench/race.py --models lenet resnet18    # lamella from Python, by the same script as torch

Whole processes of both sides take turns (lamella, torch contiguous, torch channels_last, lamella, ...), so that a slower
minute of the machine hits all of them. Reported are medians over the steps of all rounds, their ratio to torch's better
memory format, and resident memory: the peak, and the peak above what stands after the model is built. Data stand in memory
on both sides. The same network, batch, optimiser and number of threads.
"""
import argparse
import importlib
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys

WIDTHS = {"lenet": (16, 32), "lenet-wide": (32, 64)}
FORMATS = ("contiguous_format", "channels_last")
WARM_UP = {"resnet18": 3}


def status(field):
    """A line of /proc/self/status, in MB."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field))


def resnet18(nn):
    """torchvision's ResNet-18 as it is trained on CIFAR-10: a 3x3 stem and no pooling before the blocks."""

    class BasicBlock(nn.Module):
        def __init__(self, before, after, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(after)
            self.relu = nn.ReLU(inplace=True)
            self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(after)
            self.downsample = None
            if stride != 1 or before != after:
                self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

        def forward(self, x):
            out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            out += x if self.downsample is None else self.downsample(x)
            return self.relu(out)

    blocks = [BasicBlock(*sizes) for sizes in ((64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1),
                                               (256, 512, 2), (512, 512, 1))]
    return nn.Sequential(nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), *blocks,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def python_side(package, model, steps, batch, threads, memory_format):
    """The training with torch, or with lamella in its place."""
    import time

    torch = importlib.import_module(package)
    nn = torch.nn
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layout = getattr(torch, memory_format)
    shape, weight_decay, warm_up = (batch, 1, 28, 28), 0, WARM_UP.get(model, 10)
    if model == "resnet18":
        net, shape, weight_decay = resnet18(nn), (batch, 3, 32, 32), 5e-4
    elif model == "mlp":
        sizes = (784, 300, 300, 200, 10)
        layers = [nn.Flatten()]
        for before, after in zip(sizes, sizes[1:]):
            layers += [nn.Linear(before, after), nn.ReLU(inplace=True)]
        net = nn.Sequential(*layers[:-1])
    else:
        first, second = WIDTHS[model]
        net = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=1), nn.BatchNorm2d(first), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1), nn.BatchNorm2d(second), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(second * 49, 128), nn.ReLU(inplace=True), nn.Linear(128, 10))
    net = net.to(memory_format=layout)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=weight_decay)
    loss = nn.CrossEntropyLoss()
    with open("/proc/self/clear_refs", "w") as handle:
        handle.write("5")
    built = status("VmRSS")
    images = torch.rand(shape).to(memory_format=layout)
    labels = torch.randint(0, 10, (batch,))
    times = []
    for i in range(warm_up + steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss(net(images), labels).backward()
        optimizer.step()
        if i >= warm_up:
            times.append((time.perf_counter() - start) * 1e3)
    peak = status("VmHWM")
    print(json.dumps({"peak_mb": peak, "above_model_mb": peak - built, "ms": times}))


def run(command, threads):
    environment = dict(os.environ, LAMELLA_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def race(model, options):
    def python(package, memory_format):
        return [sys.executable, __file__, "--package", package, "--format", memory_format, "--models", model, "--steps", str(options.steps),
                "--batch", str(options.batch), "--threads", str(options.threads)]

    if options.program:
        sides = {"lamella": [options.program, model, str(options.steps), str(options.batch), str(WARM_UP.get(model, 10))]}
    else:
        sides = {"lamella": python("lamella", FORMATS[0])}
    sides |= {"torch " + memory_format: python("torch", memory_format) for memory_format in FORMATS}
    rounds = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, command in sides.items():
            rounds[name].append(run(command, options.threads))
    rows = {}
    for name, results in rounds.items():
        steps = [ms for result in results for ms in result["ms"]]
        rows[name] = (statistics.median(steps), min(steps), max(r["peak_mb"] for r in results), max(r["above_model_mb"] for r in results))
    torch_rows = [rows["torch " + f] for f in FORMATS]
    ours = rows["lamella"]
    for name, (median, least, peak, above) in rows.items():
        print(f"| {model} | {name} | {median:.2f} | {least:.2f} | {peak:.0f} | {above:.0f} |")
    best = [min(row[i] for row in torch_rows) for i in range(4)]
    print(f"| {model} | **lamella / best of torch** | **{ours[0] / best[0]:.2f}** | {ours[1] / best[1]:.2f} | **{ours[2] / best[2]:.2f}** | **{ours[3] / best[3]:.2f}** |")


def cpu_name():
    with open("/proc/cpuinfo") as lines:
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
    names = {key.strip(): value.strip() for key, value in fields.items()}
    return f"{names.get('model name', platform.machine())} (family {names.get('cpu family')}, model {names.get('model')})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", help="the built bench/train_step; without it lamella runs from Python")
    parser.add_argument("--models", nargs="+", default=["lenet", "lenet-wide", "mlp"])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--package", choices=("torch", "lamella"), help=argparse.SUPPRESS)
    parser.add_argument("--format", choices=FORMATS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.package:
        return python_side(options.package, options.models[0], options.steps, options.batch, options.threads, options.format)
    if not options.program and importlib.util.find_spec("lamella") is None:
        parser.error("name the built program (build-bench/bench/train_step), or put the Python package on PYTHONPATH")
    import torch

    print(f"{cpu_name()}, {options.threads} threads, torch {torch.__version__}, lamella from {'C++' if options.program else 'Python'}, batch {options.batch}, {options.rounds} rounds of {options.steps} steps, interleaved\n")
    print("| network | side | median ms a step | least | peak MB | peak above the model MB |\n|---|---|---|---|---|---|")
    for model in options.models:
        race(model, options)


if __name__ == "__main__":
    main()

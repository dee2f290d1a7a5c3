#!/usr/bin/env python3
"""Compares lamella with PyTorch: values, dtypes, shapes, strides, first and second derivatives, errors, printed tensors,
random streams, optimisers, schedules, initial weights, and the first steps of a training.

    run.py --build DIRECTORY     runs DIRECTORY/tests/lamella_parity, then the comparison
    run.py --program FILE        the same with the program's path
    run.py --cases FOLDER        compares what a program wrote before

Prints a table and, as the last line, "N passed, N failed"; a failure makes the exit status 1. Every case that the
program wrote is compared: what differs by intent stands in the table of docs/differences.md, and is counted.
"""
import argparse
import collections
import fnmatch
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import warnings

import torch
import torch.nn.functional as F
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Relative and absolute: torch.testing.assert_close's, but for the absolute ones of 16-bit types. PyTorch rounds some
# intermediate results to 16 bits, lamella none: with terms of size 1 that is a unit in the last place of 1.
TOLERANCES = {
    torch.float64: (1e-7, 1e-7),
    torch.float32: (1.3e-6, 1e-5),
    torch.bfloat16: (1.6e-2, 8e-3),
    torch.float16: (1e-3, 1e-3),
}


class Mismatch(Exception):
    """What differs, in one line."""


class Inexact(Mismatch):
    """Values are further apart than their tolerance."""


class Archive:
    """The tensors beside the cases."""

    def __init__(self, folder):
        self.data = bytearray((folder / "data.bin").read_bytes())

    def flat(self, reference):
        dtype = getattr(torch, reference["dtype"])
        if reference["count"] == 0:
            return torch.empty(0, dtype=dtype)
        return torch.frombuffer(self.data, dtype=dtype, count=reference["count"], offset=reference["position"])

    def view(self, reference):
        """A fresh copy of the whole storage, seen as the tensor was."""
        if reference is None:
            return None
        return self.flat(reference).clone().as_strided(reference["shape"], reference["strides"], reference["offset"])

    def values(self, reference):
        return None if reference is None else self.flat(reference).reshape(reference["shape"])


def as_list(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def widened(tensor):
    return tensor.double() if tensor is not None and tensor.is_floating_point() else tensor


def compare_values(what, ours, theirs, times):
    if theirs.dtype != ours.dtype:
        raise Mismatch(f"{what}: dtype {ours.dtype}, torch {theirs.dtype}")
    if theirs.shape != ours.shape:
        raise Mismatch(f"{what}: shape {list(ours.shape)}, torch {list(theirs.shape)}")
    if ours.numel() == 0:
        return
    relative, absolute = (times * t for t in TOLERANCES.get(ours.dtype, (0, 0)))
    if torch.allclose(ours, theirs, relative, absolute, equal_nan=True):
        return
    wide_ours, wide_theirs = ours.double().flatten(), theirs.detach().double().flatten()
    close = torch.isclose(wide_ours, wide_theirs, relative, absolute, equal_nan=True)
    first = (~close).nonzero()[0].item()
    count = (~close).sum().item()
    raise Inexact(
        f"{what}: {count} of {ours.numel()} elements differ, element {first} is {wide_ours[first].item():.9g}, "
        f"torch {wide_theirs[first].item():.9g}"
    )


def compare_strides(what, reference, theirs):
    """An axis of one element, and a tensor of none, have no strides that could matter."""
    if theirs.numel() == 0:
        return
    for extent, ours, other in zip(reference["shape"], reference["strides"], theirs.stride()):
        if extent > 1 and ours != other:
            raise Mismatch(f"{what}: shape {reference['shape']} strides {reference['strides']}, torch {list(theirs.stride())}")


def seeded(seed, function):
    torch.manual_seed(seed)
    return function()


def autocast(function, dtype=torch.bfloat16):
    with torch.autocast("cpu", dtype):
        return function()


def batch_norm_training(x, mean, var, weight, bias, momentum, eps):
    mean, var = mean.clone(), var.clone()
    return F.batch_norm(x, mean, var, weight, bias, True, momentum, eps), mean, var


def evaluate(expression, **names):
    scope = {"torch": torch, "F": F, "nn": nn, "seeded": seeded, "autocast": autocast, "batch_norm_training": batch_norm_training, **names}
    return eval(expression, scope)  # the expressions are the repository's own


def compare_gradients(what, archive, references, wanted, roots, weights, times, create_graph, wide=False):
    """Compares and returns torch's own. An undefined gradient counts as zeros, on either side."""
    theirs = torch.autograd.grad(roots, wanted, weights, retain_graph=True, create_graph=create_graph, allow_unused=True)
    for i, (reference, gradient, x) in enumerate(zip(references, theirs, wanted)):
        zeros = torch.zeros_like(x, memory_format=torch.contiguous_format)
        ours = archive.values(reference)
        gradient = zeros if gradient is None else gradient
        if wide and ours is not None:
            gradient = gradient.to(ours.dtype)
        compare_values(f"{what} {i}", zeros if ours is None else ours, gradient, times)
    return theirs


def check_derivatives(archive, case, inputs, outputs, times, wide):
    ours = archive.values
    differentiable = [o for o in outputs if o.requires_grad]
    if "gradients" not in case:
        if differentiable:
            raise Mismatch("torch's result requires grad, lamella's does not")
        return
    weights = [widened(ours(w)) if wide else ours(w) for w in case["weights"]]
    for i, (output, weight) in enumerate(zip(outputs, weights)):
        if output.requires_grad != (weight is not None):
            raise Mismatch(f"output {i}: requires_grad is {weight is not None}, torch {output.requires_grad}")
    wanted = [x for x, wants in zip(inputs, case["wants_grad"]) if wants]
    second = "weights2" in case
    gradients = compare_gradients("gradient", archive, case["gradients"], wanted, differentiable, [w for w in weights if w is not None], times, second, wide)
    if not second:
        return
    # A gradient that neither depends on anything has no second derivative, and zeros stand for it.
    pairs = [(g, ours(w)) for g, w in zip(gradients, case["weights2"]) if g is not None and g.requires_grad]
    roots = [g for g, w in pairs if w is not None]
    if "second" not in case:
        theirs = [torch.autograd.grad(g.sum(), wanted, retain_graph=True, allow_unused=True) for g, _ in pairs]
        if any(t is not None and t.count_nonzero() > 0 for list in theirs for t in list):
            raise Mismatch("torch has a second derivative, lamella has none")
        return
    if not roots:
        if any(r is not None and ours(r).count_nonzero() > 0 for r in case["second"]):
            raise Mismatch("lamella has a second derivative, torch has none")
        return
    compare_gradients("second derivative", archive, case["second"], wanted, roots, [w for _, w in pairs if w is not None], times, False)


def check_operator(archive, case):
    try:
        compare_operator(archive, case, False)
    except Inexact as inexact:
        # PyTorch rounds some sums of 16-bit numbers after each term. Ours, rounded once, may then be closer to the same
        # call on the same numbers in float64.
        if case["dtype"] not in ("bfloat16", "float16"):
            raise
        try:
            compare_operator(archive, case, True)
        except Exception:
            raise inexact from None


def compare_operator(archive, case, wide):
    inputs = [widened(archive.view(reference)) if wide else archive.view(reference) for reference in case["inputs"]]
    for tensor, wants in zip(inputs, case["wants_grad"]):
        if wants:
            tensor.requires_grad_()
    try:
        outputs = as_list(evaluate(case["torch"], **dict(zip("abcdefgh", inputs))))
    except Exception as error:
        if "error" not in case:
            raise Mismatch(f"torch raises: {str(error).splitlines()[0]}") from None
        return
    if "error" in case:
        raise Mismatch(f"raises: {case['error']}")
    if len(outputs) != len(case["outputs"]):
        raise Mismatch(f"{len(case['outputs'])} outputs, torch {len(outputs)}")
    times = case["tolerance"]
    for i, (reference, theirs) in enumerate(zip(case["outputs"], outputs)):
        ours = archive.values(reference)
        compare_values(f"output {i}", ours, theirs.to(ours.dtype) if wide else theirs, times)
        if not wide:
            compare_strides(f"output {i}", reference, theirs)
    check_derivatives(archive, case, inputs, outputs, times, wide)


def check_print(archive, case):
    printed = str(evaluate(case["torch"], a=archive.view(case["tensor"])))
    if printed != case["printed"]:
        lines = zip((case["printed"] + "\n").split("\n"), (printed + "\n").split("\n"))
        ours, theirs = next((a, b) for a, b in lines if a != b)
        raise Mismatch(f"prints {ours!r}, torch {theirs!r}")


def check_optimizer(archive, case):
    p = archive.view(case["start"]).requires_grad_()
    weights = archive.view(case["weights"])
    optimizer = eval("torch.optim." + case["torch"], {"torch": torch, "p": p})
    steps = iter(case["trajectory"])
    for step in range(1, 101):
        optimizer.zero_grad()
        (weights * torch.cos(p)).sum().backward()
        optimizer.step()
        if step == 1 or step % 10 == 0:
            compare_values(f"step {step}", archive.values(next(steps)), p.detach(), 10)  # rounding grows over 100 steps


def check_scheduler(_, case):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    lr = torch.optim.lr_scheduler
    scheduler = eval("lr." + case["torch"], {"lr": lr, "optimizer": optimizer})
    for step, (rate, momentum) in enumerate(zip(case["rates"], case["momenta"])):
        group = optimizer.param_groups[0]
        for name, ours, theirs in (("lr", rate, group["lr"]), ("momentum", momentum, group["momentum"])):
            if not math.isclose(ours, theirs, rel_tol=1e-12):
                raise Mismatch(f"{name} after {step} steps: {ours}, torch {theirs}")
        if step + 1 < len(case["rates"]):
            optimizer.step()
            scheduler.step(*case["metrics"][step : step + 1] if "metrics" in case else ())


def check_init(archive, case):
    layer = seeded(int(case["seed"]), lambda: evaluate(case["torch"]))
    theirs = dict(layer.named_parameters())
    if list(theirs) != case["names"].split():
        raise Mismatch(f"parameters {case['names'].split()}, torch {list(theirs)}")
    for (name, value), reference in zip(theirs.items(), case["values"]):
        if not torch.equal(archive.values(reference), value.detach()):
            compare_values(name, archive.values(reference), value.detach(), 0)


def check_module(_, case):
    torch.manual_seed(0)
    layer = evaluate(case["torch"])
    if str(layer) != case["printed"]:
        raise Mismatch(f"printed as {case['printed']}, torch {layer}")
    state = layer.state_dict()
    if list(state) != [name for name, _ in case["state"]]:
        raise Mismatch(f"state {[name for name, _ in case['state']]}, torch {list(state)}")
    for name, content in case["state"]:
        compare_summary(name, content, state[name])
    inputs = [torch.randint(0, classes, shape) if classes else torch.rand(shape) for shape, classes in case["inputs"]]
    if inputs:
        compare_summary("output", case["output"], layer(*inputs))


def compare_summary(name, content, theirs):
    shape, values = content
    if list(theirs.shape) != shape:
        raise Mismatch(f"{name}: shape {shape}, torch {list(theirs.shape)}")
    ours = torch.tensor(values, dtype=torch.float64)
    compare_values(name, ours.to(theirs.dtype), theirs.detach().flatten()[: len(values)], 1)


def check_module_error(_, case):
    try:
        evaluate(case["torch"])
    except Exception:
        return
    raise Mismatch(f"raises \"{case['error']}\", torch accepts it")


def check_initializer(archive, case):
    w = torch.zeros(8, 4, 3, 3)
    torch.manual_seed(3)
    eval("nn.init." + case["torch"], {"nn": nn, "w": w})
    compare_values("values", archive.values(case["value"]), w, 1)


def check_clip(archive, case):
    parameters = []
    for reference in case["before"]:
        parameters.append(torch.zeros(reference["shape"], requires_grad=True))
        parameters[-1].grad = archive.values(reference).clone()
    norm = nn.utils.clip_grad_norm_(parameters, case["max_norm"], float(case["norm_type"]))
    if not math.isclose(norm.item(), case["norm"], rel_tol=1e-6):
        raise Mismatch(f"norm {case['norm']}, torch {norm.item()}")
    for p, reference in zip(parameters, case["after"]):
        compare_values("gradient", archive.values(reference), p.grad, 1)


class Net(nn.Module):
    def __init__(self, drops):
        super().__init__()
        self.drops = drops
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.fc = nn.Linear(16 * 3 * 3, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(F.dropout(torch.flatten(x, 1), 0.5, self.drops))


def check_network(_, case):
    seed = int(case["seed"])
    torch.manual_seed(seed)
    net = Net(drops=seed > 2)
    if seed % 2 == 1:
        optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    else:
        optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for step, ours in enumerate(case["losses"]):
        images = torch.rand(16, 1, 16, 16)
        classes = torch.randint(0, 5, (16,))
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), classes)
        loss.backward()
        optimizer.step()
        if abs(ours - loss.item()) > 1e-4:
            raise Mismatch(f"loss of step {step + 1}: {ours}, torch {loss.item()}")


CHECKS = {
    "operator": check_operator,
    "print": check_print,
    "optimizer": check_optimizer,
    "scheduler": check_scheduler,
    "init": check_init,
    "module": check_module,
    "module_error": check_module_error,
    "initializer": check_initializer,
    "clip_grad_norm": check_clip,
    "network": check_network,
}


def documented_differences(path):
    """The rows of the table under "Case by case": operator, call, dtype, a part of the report, why."""
    section = path.read_text(encoding="utf-8").split("## Case by case\n")[1]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    rows = [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in lines[1:]]  # the first is the heading
    for row in rows:
        if len(row) != 5:
            sys.exit(f"{path}: expected five cells divided by ' | ' in: {row}")
    return rows


def find_difference(rows, case, text):
    # Brackets are literal in expressions, so that only * and ? are patterns.
    def match(value, pattern):
        return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))

    for row in rows:
        if match(case.get("operator", case["kind"]), row[0]) and match(case.get("torch", ""), row[1]) and match(case.get("dtype", ""), row[2]) and row[3] in text:
            return row
    return None


def describe(case):
    parts = [case.get("operator", case["kind"]), case.get("torch", ""), case.get("dtype", ""), case.get("layout", "")]
    shapes = [reference["shape"] if reference else None for reference in case.get("inputs", [])]
    return "  ".join(part for part in parts if part) + (f"  {shapes}" if shapes else "")


def compare(folder):
    archive = Archive(folder)
    rows = documented_differences(ROOT / "docs" / "differences.md")
    used = collections.Counter()
    table = collections.OrderedDict()
    failures = []
    for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        cells = table.setdefault(case.get("operator", case["kind"]), [0, 0, 0])
        cells[0] += 1
        try:
            CHECKS[case["kind"]](archive, case)
        except Exception as error:  # whatever goes wrong is a failure of this case
            text = str(error) if isinstance(error, Mismatch) else f"{type(error).__name__}: {error}"
            row = find_difference(rows, case, text)
            if row is None:
                failures.append(f"{describe(case)}\n    {text}")
                continue
            used[row] += 1
            cells[2] += 1
        cells[1] += 1
    return table, failures, [row for row in rows if row not in used]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--build", type=pathlib.Path)
    source.add_argument("--program", type=pathlib.Path)
    source.add_argument("--cases", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(2)  # with one, PyTorch takes convolutions that it does not otherwise
    warnings.simplefilter("ignore")
    if options.cases:
        table, failures, unused = compare(options.cases)
    else:
        program = options.program or options.build / "tests" / "lamella_parity"
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, folder], check=True)
            table, failures, unused = compare(pathlib.Path(folder))
    if unused:
        failures += [f"docs/differences.md: no case differs any more as this row says\n    {' | '.join(row)}" for row in unused]
    for failure in failures:
        print(failure)
    print(f"{'operator':<44}{'cases':>7}{'passed':>8}{'documented differences':>24}")
    for name, (cases, passed, documented) in table.items():
        print(f"{name:<44}{cases:>7}{passed:>8}{documented or '':>24}")
    passed = sum(cells[1] for cells in table.values())
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

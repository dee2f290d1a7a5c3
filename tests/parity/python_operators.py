#!/usr/bin/env python3
"""Compares the operators of lamella's Python package with PyTorch's: every expression that the operators' samples record is
evaluated twice on the same inputs, with the names torch, F and nn bound to PyTorch and to lamella.

    python_operators.py --program FILE    runs FILE (tests/lamella_parity), then the comparison
    python_operators.py --cases FOLDER    compares what a program wrote before

Results, dtypes, shapes, strides, gradients and refusals (the type of the exception too) must agree. Prints a table and, as
the last line, "N passed, N failed"; a failure makes the exit status 1. The table of docs/differences.md counts here too.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import torch

import lamella
import run
from run import Archive, Inexact, Mismatch, as_list, compare_values, find_difference, widened

THROUGH_FLOAT32 = (torch.bfloat16, torch.float16)  # numpy has no bfloat16; both convert exactly


def to_lamella(tensor):
    """The storage crosses whole, so that strides and overlaps stay."""
    if tensor is None:
        return None
    flat = tensor.detach().as_strided((tensor.untyped_storage().nbytes() // tensor.element_size(),), (1,), 0)
    array = (flat.float() if tensor.dtype in THROUGH_FLOAT32 else flat).numpy().copy()
    ours = lamella.from_numpy(array).to(getattr(lamella, str(tensor.dtype).split(".")[1]))
    return ours.as_strided(tuple(tensor.shape), tensor.stride(), tensor.storage_offset())


def to_torch(tensor):
    dtype = getattr(torch, str(tensor.dtype).split(".")[1])
    tensor = tensor.detach()
    array = (tensor.float() if dtype in THROUGH_FLOAT32 else tensor).contiguous().numpy()
    return torch.from_numpy(array.copy()).reshape(tuple(tensor.shape)).to(dtype)


def names_of(module):
    def seeded(seed, function):
        module.manual_seed(seed)
        return function()

    def autocast(function, dtype=module.bfloat16):
        with module.autocast("cpu", dtype):
            return function()

    def batch_norm_training(x, mean, var, weight, bias, momentum, eps):
        mean, var = mean.clone(), var.clone()
        return module.nn.functional.batch_norm(x, mean, var, weight, bias, True, momentum, eps), mean, var

    return {
        "torch": module,
        "nn": module.nn,
        "F": module.nn.functional,
        "seeded": seeded,
        "autocast": autocast,
        "batch_norm_training": batch_norm_training,
    }


THEIRS, OURS = names_of(torch), names_of(lamella)


def attempt(case, names, inputs):
    """The outputs and no error, or none and the error."""
    for tensor, wants in zip(inputs, case["wants_grad"]):
        if wants:
            tensor.requires_grad_()
    try:
        outputs = as_list(eval(case["torch"], {**names, **dict(zip("abcdefgh", inputs))}))  # the repository's own
        return outputs, None
    except Exception as error:  # whatever it refuses with is what is compared
        return None, error


def weighted_gradients(module, outputs, inputs, wants_grad, weights):
    roots = [o for o in outputs if o.requires_grad]
    wanted = [x for x, wants in zip(inputs, wants_grad) if wants]
    kept = [w for o, w in zip(outputs, weights) if o.requires_grad]
    return module.autograd.grad(roots, wanted, kept, allow_unused=True) if roots else []


def compare_gradients(archive, case, theirs, ours, their_inputs, our_inputs, wide):
    for i, (a, b) in enumerate(zip(theirs, ours)):
        if a.requires_grad != b.requires_grad:
            raise Mismatch(f"output {i}: requires_grad is {b.requires_grad}, torch {a.requires_grad}")
    if "gradients" not in case:
        return
    weights = [archive.values(w) for w in case["weights"]]
    their_weights = [widened(w) if wide else w for w in weights]
    expected = weighted_gradients(torch, theirs, their_inputs, case["wants_grad"], their_weights)
    our_weights = [to_lamella(w) for w in weights]
    given = weighted_gradients(lamella, ours, our_inputs, case["wants_grad"], our_weights)
    for i, (a, b) in enumerate(zip(expected, given)):
        if a is None and b is None:
            continue
        b = torch.zeros_like(a) if b is None else to_torch(b)
        a = torch.zeros_like(b) if a is None else a.to(b.dtype) if wide else a
        compare_values(f"gradient {i}", b, a, case["tolerance"])


def compare_errors(theirs, ours):
    if theirs is None:
        raise Mismatch(f"raises {type(ours).__name__}: {str(ours).splitlines()[0]}")
    if ours is None:
        raise Mismatch(f"torch raises {type(theirs).__name__}: {str(theirs).splitlines()[0]}")
    if not isinstance(ours, type(theirs)):
        raise Mismatch(f"raises {type(ours).__name__}, torch {type(theirs).__name__}: {ours}")


def check_once(archive, case, wide):
    """`wide`: PyTorch computes on the same numbers in float64."""
    their_inputs = [archive.view(reference) for reference in case["inputs"]]
    our_inputs = [to_lamella(tensor) for tensor in their_inputs]
    if wide:
        their_inputs = [widened(tensor) for tensor in their_inputs]
    theirs, their_error = attempt(case, THEIRS, their_inputs)
    ours, our_error = attempt(case, OURS, our_inputs)
    if our_error is not None or their_error is not None:
        compare_errors(their_error, our_error)
        return
    if len(ours) != len(theirs):
        raise Mismatch(f"{len(ours)} outputs, torch {len(theirs)}")
    for i, (a, b) in enumerate(zip(theirs, ours)):
        b_values = to_torch(b)
        compare_values(f"output {i}", b_values, a.detach().to(b_values.dtype) if wide else a.detach(), case["tolerance"])
        if not wide:
            run.compare_strides(f"output {i}", {"shape": list(b.shape), "strides": list(b.stride())}, a)
    compare_gradients(archive, case, theirs, ours, their_inputs, our_inputs, wide)


def check(archive, case):
    try:
        check_once(archive, case, False)
    except Inexact as inexact:  # see run.check_operator
        if case["dtype"] not in ("bfloat16", "float16"):
            raise
        try:
            check_once(archive, case, True)
        except Exception:
            raise inexact from None


def compare(folder):
    archive = Archive(folder)
    rows = run.documented_differences(run.ROOT / "docs" / "differences.md")
    table, failures = collections.OrderedDict(), []
    for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["kind"] != "operator" or "torch.ops." in case["torch"]:  # these are PyTorch's own insides
            continue
        cells = table.setdefault(case["operator"], [0, 0, 0])
        cells[0] += 1
        try:
            check(archive, case)
        except Exception as error:  # whatever goes wrong is a failure of this case
            text = str(error) if isinstance(error, Mismatch) else f"{type(error).__name__}: {error}"
            if find_difference(rows, case, text) is None:
                failures.append(f"{run.describe(case)}\n    {text}")
                continue
            cells[2] += 1
        cells[1] += 1
    return table, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--program", type=pathlib.Path)
    source.add_argument("--cases", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(2)  # with one, PyTorch takes convolutions that it does not otherwise
    warnings.simplefilter("ignore")
    if options.cases:
        table, failures = compare(options.cases)
    else:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([options.program, folder], check=True)
            table, failures = compare(pathlib.Path(folder))
    for failure in failures:
        print(failure)
    print(f"{'operator':<44}{'cases':>7}{'passed':>8}{'documented differences':>24}")
    for name, (cases, passed, documented) in table.items():
        print(f"{name:<44}{cases:>7}{passed:>8}{documented or '':>24}")
    print(f"{sum(cells[1] for cells in table.values())} passed, {len(failures)} failed")
    return 1 if failures or not table else 0


if __name__ == "__main__":
    sys.exit(main())

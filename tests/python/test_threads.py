"""Threads, processes, the interpreter's lock and its end, and what is kept alive."""

import gc
import multiprocessing
import subprocess
import sys
import threading
import time
import weakref

import pytest

import lamella as torch
import lamella.nn as nn
import lamella.nn.functional as F


def run_in_threads(function, count=8):
    errors = []

    def guarded():
        try:
            function()
        except Exception as error:  # told to the test
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def steps_of_another_thread(work):
    """How often another Python thread comes to run while `work` does."""
    stop, steps = threading.Event(), [0]

    def count():
        while not stop.is_set():
            steps[0] += 1
            time.sleep(0.0002)

    thread = threading.Thread(target=count)
    thread.start()
    time.sleep(0.01)
    before = steps[0]
    work()
    after = steps[0]
    stop.set()
    thread.join()
    return after - before


def test_threads_read_one_tensor_and_build_graphs():
    x = torch.randn(32, 32, requires_grad=True)
    expected = torch.autograd.grad(((x @ x).relu() * x).sum(), x)[0]

    def work():
        for i in range(50):
            (grad,) = torch.autograd.grad(((x @ x).relu() * x).sum(), x)
            assert torch.equal(grad, expected)
            assert len(x[i % 32].tolist()) == 32

    run_in_threads(work)


def test_threads_with_hooks_and_functions_of_their_own():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad

    def work():
        for _ in range(50):
            x = torch.ones(120, 120, requires_grad=True)  # large enough for the lock to be let go
            x.register_hook(lambda grad: grad * 2)
            Square.apply(x).sum().backward()
            assert x.grad[0, 0] == 4

    run_in_threads(work)


def test_exceptions_stay_in_their_thread():
    def work():
        for _ in range(100):
            with pytest.raises(RuntimeError, match="cannot be multiplied"):
                torch.ones(2, 2) @ torch.ones(3, 3)

    run_in_threads(work)


def test_modes_belong_to_a_thread():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_long_work_lets_other_threads_run():
    x, w = torch.randn(8, 32, 64, 64), torch.randn(32, 32, 3, 3, requires_grad=True)

    def forward():
        for _ in range(20):
            F.conv2d(x, w)

    assert steps_of_another_thread(forward) >= 5
    losses = [F.conv2d(x, w).sum() for _ in range(20)]
    assert steps_of_another_thread(lambda: [loss.backward() for loss in losses]) >= 5


def test_workers_of_a_loader_compute_with_tensors():
    class Doubled(torch.utils.data.Dataset):
        def __len__(self):
            return 64

        def __getitem__(self, index):
            image = torch.full((1, 3, 16, 16), float(index))
            return F.conv2d(image, torch.ones(1, 3, 3, 3))[0]

    loader = torch.utils.data.DataLoader(Doubled(), batch_size=8, num_workers=4)
    assert [batch[0, 0, 0, 0].item() for batch in loader] == [27.0 * 8 * i for i in range(8)]


def convolve(results):
    results.put(F.conv2d(torch.ones(8, 32, 32, 32), torch.ones(32, 32, 3, 3)).sum().item())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="the system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_computes():
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    convolve(results)  # the pool of threads exists, and is not there in the child
    expected = results.get(timeout=60)
    child = context.Process(target=convolve, args=(results,))
    child.start()
    assert results.get(timeout=60) == expected
    child.join(60)
    assert child.exitcode == 0


END = """if 1:
    import atexit, sys, threading, time
    import lamella as torch
    x = torch.randn(10, requires_grad=True)
    x.register_hook(lambda grad: grad)
    y = (x * 2).exp()
    net = torch.nn.Linear(3, 3)
    net.register_forward_hook(lambda *a: None)
    out = net(torch.randn(2, 3))
    x.own, sys.kept = x, [x, y, net, out]
    atexit.register(lambda: y.sum().backward())
    class Last:
        def __del__(self):
            try:
                (x * 2).sum()
            except Exception:
                pass
    sys.last = x.last = Last()
    data = torch.utils.data.TensorDataset(torch.randn(100, 3))
    batches = iter(torch.utils.data.DataLoader(data, num_workers=2, batch_size=3))
    next(batches)
    def work():
        while True:
            torch.nn.functional.conv2d(torch.randn(4, 16, 32, 32), torch.randn(16, 16, 3, 3))
    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.2)
"""


def test_the_interpreter_ends_quietly():
    """With tensors, hooks, half-read loaders and a daemon thread at work."""
    done = subprocess.run([sys.executable, "-c", END], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def training_step(net, optimizer):
    x = torch.randn(8, 1, 12, 12, requires_grad=True)
    handles = [x.register_hook(lambda grad: grad), net[0].register_forward_hook(lambda *a: None)]
    handles.append(net[3].register_full_backward_hook(lambda *a: None))
    optimizer.zero_grad()
    F.cross_entropy(net(x), torch.randint(0, 10, (8,))).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    for handle in handles:
        handle.remove()


def test_training_keeps_nothing():
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(400, 10))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(20):
        training_step(net, optimizer)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(200):
        training_step(net, optimizer)
    gc.collect()
    assert abs(len(gc.get_objects()) - before) < 20
    kept = [weakref.ref(net), weakref.ref(net[0].weight)]
    del net, optimizer
    gc.collect()
    assert [ref() for ref in kept] == [None, None]


def test_failures_keep_nothing():
    x = torch.randn(10, 10, requires_grad=True)
    calls = [
        lambda: x @ torch.ones(3),
        lambda: torch.tensor([[1], [2, 3]]),
        lambda: F.conv2d(1, 2, "x"),
        lambda: x.add_(1),
        lambda: torch.zeros(2)[5],
    ]

    def fail():
        for call in calls:
            with pytest.raises(Exception):
                call()

    fail()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(100):
        fail()
    gc.collect()
    assert abs(len(gc.get_objects()) - before) < 20


def test_an_interrupt_leaves_training_usable():
    script = """if 1:
        import os, signal, threading
        import lamella as torch
        net = torch.nn.Linear(64, 64)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
        def step():
            optimizer.zero_grad()
            (net(torch.randn(256, 64)) ** 2).mean().backward()
            optimizer.step()
        for _ in range(3):
            threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                while True:
                    step()
            except KeyboardInterrupt:
                step()
                assert torch.is_grad_enabled()
    """
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)

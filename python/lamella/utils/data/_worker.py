"""Worker threads of a DataLoader. Threads share memory, so nothing is copied between them, and the interpreter's lock
is free while tensors are worked on and files are read."""

from __future__ import annotations

import copy
import dataclasses
import queue
import threading
from typing import Any, Callable

from lamella.utils.data._fetch import make_fetcher

__all__ = ["WorkerInfo", "get_worker_info", "Worker", "ENDED"]

ENDED = object()  # a result: the worker's iterable dataset has no more examples
RESET = object()  # a task: begin a new epoch
_local = threading.local()


@dataclasses.dataclass
class WorkerInfo:
    """id, from 0 to num_workers - 1; seed, of the base seed and the id; dataset, the worker's own (shallow) copy."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


def get_worker_info() -> WorkerInfo | None:
    """In a worker of a DataLoader, who it is; None elsewhere."""
    return getattr(_local, "info", None)


@dataclasses.dataclass
class Failure:
    """A result: what was raised instead."""

    error: BaseException


class Worker:
    """A thread that turns tasks, (number, indices), into results, (number, batch), until it is told to end. It knows
    the queues and not the iterator that owns it, so that a loop left early ends it too."""

    def __init__(self, info: WorkerInfo, fetch: tuple, init: Callable | None, results: queue.SimpleQueue) -> None:
        self.tasks: queue.SimpleQueue = queue.SimpleQueue()
        try:
            info.dataset = copy.copy(info.dataset)
        except Exception:  # what cannot be copied is shared
            pass
        arguments = (info, fetch, init, self.tasks, results)
        self.thread = threading.Thread(target=_run, args=arguments, name=f"DataLoader-{info.id}", daemon=True)
        self.thread.start()

    def put(self, number: int, indices: Any) -> None:
        self.tasks.put((number, indices))

    def reset(self) -> None:
        self.tasks.put((RESET, None))

    def end(self) -> None:
        self.tasks.put(None)


def _run(info: WorkerInfo, fetch: tuple, init: Callable | None, tasks: queue.SimpleQueue, results: Any) -> None:
    _local.info = info
    fetcher: Any = None
    broken: Failure | None = None
    try:
        if init is not None:
            init(info.id)
    except Exception as error:
        broken = Failure(error)
    while (task := tasks.get()) is not None:
        number, indices = task
        if number is RESET:
            fetcher = None
            continue
        if broken is not None:
            results.put((number, broken))
            continue
        try:
            if fetcher is None:
                fetcher = make_fetcher(info.dataset, *fetch)
            results.put((number, fetcher(indices)))
        except StopIteration:
            results.put((number, ENDED))
        except Exception as error:
            results.put((number, Failure(error)))
        del task, indices

"""Handles by which hooks are removed again."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

__all__ = ["RemovableHandle"]

_ids = itertools.count()


class RemovableHandle:
    """Removes one hook from the dict in which it was registered under the handle's `id`.

    The dict is held weakly, so a handle keeps no module alive. As a context manager it removes the hook at the end of
    the block:

        with module.register_forward_hook(show):
            module(x)

    Args: hooks_dict, an OrderedDict by id; extra_dict, one or several further dicts that may hold the same id.
    """

    def __init__(self, hooks_dict: OrderedDict[int, Any], *, extra_dict: Any = None) -> None:
        self.id = next(_ids)
        extra = () if extra_dict is None else (extra_dict,) if isinstance(extra_dict, dict) else extra_dict
        self._dicts: Iterable[weakref.ref] = tuple(weakref.ref(hooks) for hooks in (hooks_dict, *extra))

    def remove(self) -> None:
        """Removes the hook; a second call does nothing."""
        for reference in self._dicts:
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def __getstate__(self) -> tuple[int, tuple[Any, ...]]:
        return self.id, tuple(reference() for reference in self._dicts)

    def __setstate__(self, state: tuple[int, tuple[Any, ...]]) -> None:
        self.id, dicts = state
        # Dicts that are gone become empty ones that nobody else holds: removing stays harmless.
        self._dicts = tuple(weakref.ref(OrderedDict() if hooks is None else hooks) for hooks in dicts)


def add_hook(hooks: OrderedDict[int, Any], hook: Any, *, prepend: bool = False, **flags: OrderedDict[int, bool]):
    """Registers `hook` behind (or before) the others, marks its id in the flag dicts, and returns the handle."""
    handle = RemovableHandle(hooks, extra_dict=tuple(flags.values()))
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    for marked in flags.values():
        marked[handle.id] = True
    return handle

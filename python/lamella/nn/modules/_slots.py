"""The dicts in which a module keeps its parameters, buffers and children."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from typing import Any


class Slots(dict):
    """A dict whose entries are the owner's attributes too.

    Python finds what stands in an object's `__dict__` several times faster than what `__getattr__` must look up, and a
    forward reads `self.weight` or `self.conv1` at every call. So each write here is mirrored in the owner's `__dict__`,
    whoever writes: `module._parameters["weight"] = w` is seen by `module.weight`. Copies and pickles are plain dicts;
    the module that they belong to makes slots of them again.
    """

    __slots__ = ("_owner",)

    def __init__(self, owner: object, items: Mapping[str, Any] = {}) -> None:
        super().__init__()
        self._owner = weakref.ref(owner)  # weak: a module is freed with its last user, not by the cycle collector
        if items:
            self.update(items)

    def belong_to(self, owner: object) -> bool:
        return self._owner() is owner

    def _attributes(self) -> dict[str, Any]:
        owner = self._owner()
        return {} if owner is None else owner.__dict__

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._attributes()[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._attributes().pop(name, None)

    def update(self, items: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **named: Any) -> None:
        for name, value in dict(items, **named).items():
            self[name] = value

    def __ior__(self, items: Any) -> Slots:
        self.update(items)
        return self

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]

    def pop(self, name: str, *default: Any) -> Any:
        if name in self or not default:
            value = self[name]
            del self[name]
            return value
        return default[0]

    def popitem(self) -> tuple[str, Any]:
        name = next(reversed(self)) if self else None
        if name is None:
            raise KeyError("popitem(): dictionary is empty")
        return name, self.pop(name)

    def clear(self) -> None:
        for name in list(self):
            del self[name]

    def __reduce_ex__(self, protocol: int):
        return dict, (dict(self),)

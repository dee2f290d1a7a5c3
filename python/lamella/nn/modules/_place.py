"""Where in a network an error happened, found while the exception unwinds: a call that succeeds pays nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lamella import _C

if TYPE_CHECKING:
    from lamella.nn.modules.module import Module

# lamella's own exceptions. TypeError: what the bindings raise where no overload takes the arguments.
LAMELLA_ERRORS = (_C.Error, _C.BadValue, _C.BadType, _C.BadIndex, _C.NotSupported, TypeError)

_PLACE = "_lamella_place"


@dataclass
class _Place:
    module: Module  # the outermost that the exception has left
    kind: str  # the type of the innermost
    path: str  # from the outermost to the innermost
    text: str  # the message without a place


def _name_in(parent: Module, module: Module) -> str:
    for name, child in parent._modules.items():
        if child is module:
            return name
    return next((name for name, inner in parent.named_modules() if inner is module), "")


def _without_operator(text: str, kind: str) -> str:
    """The message without the operator's name where the layer's says it: "conv2d: …" of a Conv2d."""
    operator, _, rest = text.partition(": ")
    return rest if rest and operator.removesuffix("()").replace("_", "") in kind.lower() else text


_NO_TENSORS = {
    "ndarray": "lamella.from_numpy(array) makes it one",
    "list": "lamella.tensor(data) makes it one",
    "tuple": "is it several inputs, or what another layer returned?",
    "NoneType": "does a forward before it lack its return?",
    "int": "lamella.tensor(number) makes it one",
    "float": "lamella.tensor(number) makes it one",
    "str": "",
}


def _explained(text: str) -> str:
    """Of the bindings' list of what would have fitted, the argument that did not fit: the first that is no tensor."""
    call = re.search(r"1\. (\w+)\((.*)\)(?: -> .*)?\n", text)
    given = re.search(r"Invoked with types: (.*)$", text)
    if call is None or given is None:
        return text
    wanted = re.findall(r"(\w+): lamella\.Tensor( \| None)?", call[2])
    for (name, optional), kind in zip(wanted, given[1].split(", ")):
        if kind in _NO_TENSORS and not (optional and kind == "NoneType"):
            hint = f"; {_NO_TENSORS[kind]}" if _NO_TENSORS[kind] else ""
            return f"{call[1]}(): argument '{name}' must be a Tensor, not {kind}{hint}"
    return text


def add_place(error: Exception, module: Module) -> None:
    """Makes the message begin with the failing layer's path as seen from `module`, e.g. "features.3 (Conv2d): …"."""
    place = getattr(error, _PLACE, None)
    if place is None:
        from_bindings = type(error) is not TypeError or "incompatible function arguments" in str(error)
        if not from_bindings or len(error.args) != 1:
            return
        kind = type(module).__name__
        text = _explained(str(error.args[0])) if type(error) is TypeError else str(error.args[0])
        place = _Place(module, kind, "", _without_operator(text, kind))
        setattr(error, _PLACE, place)
    elif place.module is not module:
        name = _name_in(module, place.module)
        place.path = ".".join(part for part in (name, place.path) if part)
        place.module = module
    prefix = f"{place.path} ({place.kind})" if place.path else place.kind
    error.args = (f"{prefix}: {place.text}",)

"""The graph's nodes."""

from lamella import _C

Node = _C.Node

"""Paths into a JSON answer: dotted words, or JSON pointers (RFC 6901). Data only, nothing is computed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from collega.errors import QuarantineError

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the answer, and the way to it; ``top`` is the whole answer."""

    value: Any
    way: str
    top: Any

    def at(self, path: str) -> "Node | None":
        """Follow a path from here.

        ``a.0.b`` or ``/a/0/b``; from the top where it begins with ``$.``; the value itself where it
        is empty. What a path that ends in ``?`` leads to may be missing: None, as for null.

        Raises
        ------
        QuarantineError
            ``mapping``: says where the way ended, and what was there.
        """
        may_miss = path.endswith("?")
        node = Node(self.top, "", self.top) if path.startswith("$.") else self
        for step in steps(path.removesuffix("?")):
            found = node.step(step)
            if found is None:
                if may_miss:
                    return None
                node.refuse(f"something at {step!r}", path)
            node = found
        return None if node.value is None else node

    def step(self, key: str) -> "Node | None":
        """Go one step further, None where there is no such thing."""
        value = self.value
        if isinstance(value, Mapping) and key in value:
            return Node(value[key], f"{self.way}.{key}".lstrip("."), self.top)
        is_place = isinstance(value, list) and key.isascii() and key.isdecimal() and len(key) <= len(str(len(value)))
        if is_place and int(key) < len(value):
            return Node(value[int(key)], f"{self.way}[{key}]", self.top)
        return None

    def refuse(self, wanted: str, path: str = "") -> NoReturn:
        """Raise an error that says what was expected here, and what is there."""
        there = self.value
        got = f"the keys {', '.join(map(str, there))}" if isinstance(there, Mapping) else repr(there)
        of = f" (path {path!r} of the mapping)" if path else ""
        text = f"answer.json, {self.way or 'top'}: expected {wanted}{of}, got {got[:MOST_SHOWN]}"
        raise QuarantineError("mapping", text[:300])

    def number(self, path: str) -> float:
        """Give the value as a finite number."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.refuse("a number", path)
        return float(value)

    def text(self, path: str) -> str:
        """Give the value as text; numbers, true and false as JSON writes them."""
        value = self.value
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str | int | float):
            self.refuse("a text", path)
        return str(value)

    def items(self, path: str) -> "Sequence[Node]":
        """Give the objects of a list, or the one object."""
        value = self.value
        if isinstance(value, Mapping):
            return [self]
        if not isinstance(value, list):
            self.refuse("an object or a list", path)
        return [Node(item, f"{self.way}[{place}]", self.top) for place, item in enumerate(value)]


def steps(path: str) -> list[str]:
    """Cut a path into its steps."""
    if path.startswith("/"):
        return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    return [step for step in path.removeprefix("$.").split(".") if step]

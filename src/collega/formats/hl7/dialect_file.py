"""A site's file of dialects: read whole, and refused with the key that is wrong."""

import re
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from collega.errors import ConfigurationError
from collega.formats.hl7.dialect import (
    ADDENDA,
    CONTROLS,
    NUMBER_KINDS,
    PLACES,
    PRIORITIES,
    REPORT_STATES,
    Dialect,
    Dialects,
    Sender,
)
from collega.model.message import OrderControl, ReportStatus
from collega.model.study import Priority

VALUE = re.compile(r"[A-Z][A-Z0-9]{2}-[1-9]\d?(\.[1-9]\d?){1,2}")
WHOLE = re.compile(r"[A-Z][A-Z0-9]{2}-[1-9]\d?")


def read_dialects(name: str) -> Dialects:
    """Read a file of dialects; without a name, what is usual.

    Raises
    ------
    ConfigurationError
        Names the file, the key, and what was expected.
    """
    if not name:
        return Dialects()
    try:
        content = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"hl7.dialect: {name}: not readable as TOML: {error}"
        raise ConfigurationError(message) from None
    reader = _Reader(name)
    reader.closed("", content, {"sender"})
    found = content.get("sender", [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        reader.refuse("sender", "one or more tables, each under [[sender]]")
    return Dialects(senders=tuple(reader.sender(f"sender {place}", item) for place, item in enumerate(found, 1)))


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name

    def refuse(self, key: str, expected: str) -> NoReturn:
        message = f"hl7.dialect: {self._name}: {key}: expected {expected}"
        raise ConfigurationError(message)

    def closed(self, where: str, table: Mapping[str, Any], known: set[str]) -> None:
        for key in table.keys() - known:
            self.refuse(f"{where}: {key}" if where else key, f"one of {', '.join(sorted(known))}")

    def sender(self, where: str, table: Mapping[str, Any]) -> Sender:
        self.closed(where, table, {"application", "facility", *TABLES, "number_kinds", "addenda"})
        for key in ("application", "facility"):
            if not isinstance(table.get(key, ""), str):
                self.refuse(f"{where}: {key}", "a text, as it stands in MSH-3 or MSH-4")
        values = {
            name: {**usual, **self._table(name, f"{where}: {name}", table.get(name, {}), read)}
            for name, (usual, read) in TABLES.items()
        }
        kinds = self._texts(f"{where}: number_kinds", table.get("number_kinds", list(NUMBER_KINDS)))
        addenda = self._texts(f"{where}: addenda", table.get("addenda", sorted(ADDENDA)))
        dialect = Dialect(**values, number_kinds=kinds, addenda=frozenset(addenda))
        return Sender(dialect=dialect, application=table.get("application", ""), facility=table.get("facility", ""))

    def _table(
        self, name: str, where: str, table: object, read: "Callable[[_Reader, str, str, object], object]"
    ) -> Mapping[str, object]:
        if not isinstance(table, dict):
            self.refuse(where, "a table")
        # A code means the same in capitals; a place and an issuer are names.
        return {
            key if name in {"places", "issuers"} else key.upper(): read(self, f"{where}: {key}", key, value)
            for key, value in table.items()
        }

    def _texts(self, where: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(where, "a list of texts")
        return tuple(value)

    def place(self, where: str, key: str, value: object) -> tuple[str, ...]:
        """Read the places of a value, a whole field for a patient's number."""
        if key not in PLACES:
            self.refuse(where, f"one of {', '.join(sorted(PLACES))}")
        whole = key.endswith(".number")
        shape, example = (WHOLE, "PID-3") if whole else (VALUE, "OBR-18.1")
        places = self._texts(where, [value] if isinstance(value, str) else value)
        if not places or not all(shape.fullmatch(item) for item in places):
            self.refuse(where, f"places such as {example}")
        return places

    def text(self, where: str, _key: str, value: object) -> str:
        """Read a text."""
        if not isinstance(value, str):
            self.refuse(where, "a text")
        return value


def _word_of(words: type[StrEnum]) -> Callable[[_Reader, str, str, object], object]:
    def read(reader: _Reader, where: str, _key: str, value: object) -> object:
        if not isinstance(value, str) or value not in list(words):
            reader.refuse(where, f"one of {', '.join(words)}")
        return words(value)

    return read


TABLES: Mapping[str, tuple[Mapping[str, Any], Callable[[_Reader, str, str, object], object]]] = {
    "places": (PLACES, _Reader.place),
    "controls": (CONTROLS, _word_of(OrderControl)),
    "priorities": (PRIORITIES, _word_of(Priority)),
    "report_states": (REPORT_STATES, _word_of(ReportStatus)),
    "issuers": ({}, _Reader.text),
}

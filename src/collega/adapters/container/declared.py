"""Reading what an image declares of itself: JSON of another, so every value may be anything."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collega.errors import ManifestError

UNITS: Mapping[str, float] = {"": 1 / (1024 * 1024), "Mi": 1, "MiB": 1, "Gi": 1024, "GiB": 1024}
AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*(|Mi|MiB|Gi|GiB)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """An object of a manifest; a field may be asked for under the names of several releases.

    Every method raises `ManifestError`, with file and field, where the value is not of its kind.
    """

    file: str
    fields: Mapping[str, Any]

    def found(self, *names: str) -> Any:  # noqa: ANN401 - JSON of another
        """Return the first field that is there and not empty."""
        return next((self.fields[name] for name in names if self.fields.get(name)), None)

    def inner(self, *names: str) -> "Declared":
        """Return an object in it, an empty one where it is missing."""
        value = self.found(*names) or {}
        if not isinstance(value, dict):
            raise self.odd(names[0], "an object", value)
        return Declared(file=self.file, fields=value)

    def text(self, missing: str, *names: str) -> str:
        """Return a text."""
        value = self.found(*names) or missing
        if not isinstance(value, str):
            raise self.odd(names[0], "text", value)
        return value

    def number(self, *names: str) -> float:
        """Return a finite number that is not negative; 0 where it is missing."""
        value = self.found(*names) or 0
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise self.odd(names[0], "a number", value)
        return float(value)

    def megabytes(self, missing: str, *names: str) -> float:
        """Return an amount of memory in mebibytes."""
        value = self.found(*names) or missing
        match = AMOUNT.fullmatch(str(value).strip())
        if match is None:
            raise self.odd(names[0], "an amount of memory as 512Mi or 2Gi", value)
        return float(match[1]) * UNITS[match[2]]

    def odd(self, name: str, expected: str, value: object) -> ManifestError:
        """Make the error of a field that is not what it should be."""
        return ManifestError(f"the image's {self.file}: expected {expected} under {name}, got {str(value)[:60]!r}")


def read_declared(file: str, content: bytes) -> Declared:
    """Read a manifest of an image."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"the image's {file} is no JSON: {error}"
        raise ManifestError(message) from None
    if not isinstance(data, dict):
        message = f"the image's {file}: expected a JSON object"
        raise ManifestError(message)
    return Declared(file=file, fields=data)

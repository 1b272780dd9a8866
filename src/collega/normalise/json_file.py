"""Reading a file of JSON that an app wrote: bounded, finite, and writable as it stands."""

import json
import math
from pathlib import Path
from typing import Any

from collega.errors import QuarantineError

MOST_BYTES = 16 * 1024 * 1024


def read_json(file: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Read a file of JSON.

    Raises
    ------
    QuarantineError
        ``no-result`` where there is none, ``not-json`` where it is none, or too large.
    """
    name = file.name
    if file.is_symlink() or not file.is_file():
        text = f"the app ended without an error but wrote no {name}"
        raise QuarantineError("no-result", text)
    if file.stat().st_size > MOST_BYTES:
        text = f"{name} is larger than {MOST_BYTES >> 20} MB"
        raise QuarantineError("not-json", text)
    try:
        text = file.read_text(encoding="utf-8")
        data = json.loads(text, parse_constant=_finite, parse_float=_finite, parse_int=_whole)
        _refuse_unwritable(data)
    except (ValueError, RecursionError) as error:
        text = f"{name} is no JSON: {error}"[:300]
        raise QuarantineError("not-json", text) from None
    return data


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        message = f"{text[:20]} is no finite number"
        raise ValueError(message)
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _refuse_unwritable(data: object) -> None:
    """Refuse text that neither the database nor a PACS can hold: half characters and NUL."""
    written = json.dumps(data, ensure_ascii=False)
    written.encode()
    if "\\u0000" in written:
        message = "a text holds the character NUL"
        raise ValueError(message)

"""Descriptions without what people typed into them: only words of a list stay, and short numbers (PS3.15 E.3.2)."""

import re
from functools import cache
from importlib.resources import files

# They say nothing alone.
LITTLE = frozenset({"and", "en", "of", "with", "zonder", "without", "met", "no", "geen", "in", "out", "is"})
_TOKEN = re.compile(r"[^\W_]+(?:[.,]\d+[^\W_]*)?")
# 5, 0.75, 1.5mm, 120kv: a longer number may be a patient's.
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,3})?(?:mm|cm|ml|kv|kvp|ma|mas|s|sec|ms|t)?")


def cleaned(text: str) -> str:
    """Give what stays of a description, one space between words; empty where nothing does that says anything."""
    kept = [word for word in _TOKEN.findall(text) if _stays(word.casefold())]
    return " ".join(kept) if any(word.casefold() not in LITTLE for word in kept) else ""


def _stays(word: str) -> bool:
    return word in known_words() or _NUMBER.fullmatch(word) is not None


@cache
def known_words() -> frozenset[str]:
    """Give the words that stay."""
    text = files("collega.formats.dicom_deid").joinpath("words.txt").read_text(encoding="ascii")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())

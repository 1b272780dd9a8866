"""Is a report in the language that it is read in? By the small words that nearly every sentence has (R74)."""

import re
from collections.abc import Mapping

# None of these is a word of the other language.
COMMON: Mapping[str, frozenset[str]] = {
    "en": frozenset(["the", "of", "and", "with", "no", "there", "not", "for", "without", "right", "left", "small"]),
    "nl": frozenset(["de", "het", "een", "van", "en", "met", "geen", "niet", "voor", "zonder", "rechts", "links"]),
}
WORD = re.compile(r"[a-z]+")


def other_language(text: str, language: str) -> str:
    """Name the language that a text is in instead; empty where it is in its own, or where its words tell neither."""
    words = WORD.findall(text.lower())
    counts = {name: sum(word in common for word in words) for name, common in COMMON.items()}
    most = max(counts, key=lambda name: counts[name])
    return most if most != language and counts[most] > counts.get(language, 0) else ""

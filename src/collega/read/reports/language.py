"""Is a report in the language that it is read in? By the small words that nearly every sentence has (R74)."""

import re
from collections.abc import Mapping

# Words that two of these share are left out (`of` is English and Dutch), or stand beside many of the own (Dutch, French
# and Spanish `de`).
COMMON: Mapping[str, frozenset[str]] = {
    name: frozenset(re.findall(r"\w+", words))
    for name, words in {
        "en": "the and with no there not for without right left small or are",
        "nl": "de het een van en met geen niet voor zonder rechts links naar bij zijn",
        "de": "und mit kein keine keinen nicht ohne ist im das auf beidseits kleine",
        "fr": "le les des du et sans avec est une droite gauche aucune dans",
        "es": "el los las del sin con se una derecho izquierdo derecha izquierda",
    }.items()
}
# What ISO 639-3 calls a language that nobody has determined.
UNDETERMINED = "und"
# One small word may be a name or an abbreviation; so many words without any are no sentences of the language.
LEAST, MANY = 2, 25
WORD = re.compile(r"[a-z]+")


def other_language(text: str, language: str) -> str:
    """Name the language that a text is in instead, by ISO 639; empty where it is in its own, or its words do not tell.

    A long text without any small word of its language, or of another that is known here, is ``und``.
    """
    words = WORD.findall(text.lower())
    counts = {name: sum(word in common for word in words) for name, common in COMMON.items()}
    own = counts.get(language, 0)
    most = max(counts, key=lambda name: counts[name])
    if counts[most] >= LEAST and counts[most] > own:
        return most
    return UNDETERMINED if len(words) >= MANY and not own else ""

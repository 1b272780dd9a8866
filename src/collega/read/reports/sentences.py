"""Text -> sentences -> words, on spaCy's tokenisers."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

# What a token of a phrase or a sentence may hold besides letters and digits.
PIECE = re.compile(r"[^\W_]+(?:[.'][^\W_]+)*\.?|[,:;?!()\n.]")
# "apex.There": a sentence that ends without a space.
GLUED = re.compile(r"(?<=[a-z)0-9])\.(?=[A-Z][a-z])")
# A line that goes on on the next one.
WRAPPED = re.compile(r"(?<=[^\s.:;!?])[ \t]*\r?\n[ \t]*(?=[a-z(])")
ENDS, ASKING = frozenset({".", "!", "\n", ";"}), "?"
# No sentence is so long: what has no full stops is cut, so that time grows with length and no faster.
MOST_WORDS = 150
Tokenise = Callable[[str], Sequence[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence as it was written, and its words in lower case between ``^`` and ``$``."""

    text: str
    words: tuple[str, ...]


def pieces(tokenise: Tokenise, text: str) -> list[str]:
    """Split text into words: spaCy keeps abbreviations together, and we part what it leaves joined (a/b, a-b)."""
    found: list[str] = []
    for token in tokenise(text):
        if token.isalpha():
            found.append(token)
            continue
        parts = PIECE.findall(token)
        if len(parts) == 1 and token.endswith(".") and len(token) > 1 and "." not in token[:-1]:
            # An abbreviation that spaCy knows ("ca.") stays; a word that it did not part from its full stop does not.
            parts = [token]
        found += parts
    return found


def sentences(tokenise: Tokenise, text: str) -> Iterator[Sentence]:
    """Part a text into sentences; a question mark belongs to its sentence, a heading is one with what follows."""
    joined = WRAPPED.sub(" ", GLUED.sub(". ", text))
    for line in joined.splitlines():
        words: list[str] = []
        written: list[str] = []
        for piece in pieces(tokenise, line):
            written.append(piece)
            if piece not in ENDS:
                words.append(piece.lower())
            if piece in ENDS or piece == ASKING or len(words) == MOST_WORDS:
                yield from _sentence(words, written)
                words, written = [], []
        yield from _sentence(words, written)


def _sentence(words: list[str], written: list[str]) -> Iterator[Sentence]:
    if any(word[0].isalnum() for word in words):
        text = re.sub(r" (?=[.,:;?!)])|(?<=\() ", "", " ".join(written))
        yield Sentence(text=text, words=("^", *words, "$"))

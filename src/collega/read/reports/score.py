"""Normal against abnormal: a linear score over words, pieces of words and findings of a report.

Features are numbers that hashes give (CRC-32), so that a model holds no words of the reports that it was trained on.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from collega.model.label import Label, LabelWord
from collega.read.reports.context import Mention
from collega.read.reports.vocabulary import ABNORMAL, Part

Read = Sequence[tuple[Part, tuple[str, ...], tuple[Mention, ...]]]
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
BITS = 20
SIZE = 1 << BITS
LEAST, MOST = 2, 6  # letters of a piece of a word
MOST_KNOWN = 100_000
NEGATORS = frozenset(
    {
        "no",
        "not",
        "without",
        "negative",
        "free",
        "absence",
        "nor",
        "neither",
        "n't",
        "geen",
        "niet",
        "zonder",
        "noch",
        "vrij",
    }
)
TURNS = frozenset({"but", "however", "except", "although", "though", "maar", "echter", "behoudens", "wel"})


class Pieces:
    """Pieces of words as numbers; words come again, and are taken apart once."""

    def __init__(self) -> None:
        self._known: dict[str, Numbers] = {}

    def of(self, word: str) -> Numbers:
        """Give the numbers of the pieces of a word."""
        found = self._known.get(word)
        if found is None:
            padded = f" {word} "
            ends = range(LEAST, min(MOST, len(padded)) + 1)
            some = [padded[start : start + size] for size in ends for start in range(len(padded) - size + 1)]
            found = np.array([_number("c", one) for one in some], dtype=np.int64)
            if len(self._known) < MOST_KNOWN:
                self._known[word] = found
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """Weights of a linear score; ``offset`` is such that .5 parts normal from abnormal."""

    language: str
    idf: Floats
    weights: Floats
    offset: float
    name: str = ""
    _pieces: Pieces = field(default_factory=Pieces)

    def score(self, read: Read) -> float:
        """Score between 0 (normal) and 1 (abnormal)."""
        margin = self.margin(vectors(counts(read, self._pieces), self.idf))
        return 1.0 / (1.0 + math.exp(-min(max(margin, -500.0), 500.0)))

    def margin(self, vector: tuple[Numbers, Floats]) -> float:
        """Signed distance: positive is abnormal."""
        numbers, values = vector
        return float(self.weights[numbers] @ values) + self.offset


def counts(read: Read, pieces: Pieces) -> tuple[tuple[Numbers, Floats], ...]:
    """Count the features of a report, block by block: pieces of words, words with their denial, findings."""
    words = [word for _, sentence, _ in read for word in _plain(sentence)]
    cut = np.concatenate([pieces.of(word) for word in words]) if words else np.zeros(0, dtype=np.int64)
    numbers, times = np.unique(cut, return_counts=True)
    said = Counter(_number("w", text) for text in _grams(read))
    found = Counter(_number("f", text) for text in _findings(read))
    return ((numbers, times.astype(np.float64)), _block(said), _block(found))


def _block(counted: Counter[int]) -> tuple[Numbers, Floats]:
    return (
        np.fromiter(counted.keys(), dtype=np.int64, count=len(counted)),
        np.fromiter(counted.values(), dtype=np.float64, count=len(counted)),
    )


def vectors(blocks: Iterable[tuple[Numbers, Floats]], idf: Floats) -> tuple[Numbers, Floats]:
    """Weigh counts by rarity, and give each block the length 1."""
    numbers, values = [], []
    for block, times in blocks:
        value = (1.0 + np.log(times)) * idf[block]
        length = float(np.sqrt(value @ value))
        numbers.append(block)
        values.append(value / length if length else value)
    return np.concatenate(numbers), np.concatenate(values)


def _plain(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word not in {"^", "$"}:
            yield "0" if word[0].isdigit() else word


def _grams(read: Read) -> Iterator[str]:
    """Single words and pairs, marked where they are denied; the conclusion's once more as its own."""
    for part, sentence, _ in read:
        marked, is_denied = ["^"], False
        for word in _plain(sentence):
            is_denied = is_denied and word not in TURNS
            marked.append(f"~{word}" if is_denied else word)
            is_denied = is_denied or word in NEGATORS
        marked.append("$")
        yield from marked[1:-1]
        for one, two in pairwise(marked):
            yield f"{one} {two}"
        if part is Part.CONCLUSION:
            for one in marked[1:-1]:
                yield f"C {one}"


def _findings(read: Read) -> Iterator[str]:
    for part, _, some in read:
        for one in some:
            yield f"{one.finding} {one.word}"
            yield f"{part} {one.finding} {one.word}"


def _number(block: str, text: str) -> int:
    return zlib.crc32(f"{block}{text}".encode()) & (SIZE - 1)


# Without a trained model: a word on a finding -> how much it speaks for an abnormal report.
RULES = {LabelWord.PRESENT: 0.95, LabelWord.UNCERTAIN: 0.7, LabelWord.HISTORIC: 0.6, LabelWord.ABSENT: 0.1}
SILENT = 0.3


def rule_score(read: Read, labels: Sequence[Label]) -> float:
    """Score a report by its findings alone; one that names none is held for normal, with less certainty."""
    other = [one.word for _, _, some in read for one in some if one.finding == ABNORMAL]
    return max((RULES[word] for word in (*(label.word for label in labels), *other)), default=SILENT)

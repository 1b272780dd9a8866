"""The chain of the audit record, computed anew and held against what stands there.

A line's hash is the SHA-256 of its predecessor's hash, its number, its key and its content, each field
written as its length in bytes, a colon and its text, or as a minus where it is null.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

FIRST = bytes(32)
# So many lines that do not fit are held against each other's places; more are told as changed.
MOST_TRIED = 64


class Wrong(StrEnum):
    """What can be wrong with a chain."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT = "cut"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong; ``key`` is None where there is no line any more."""

    wrong: Wrong
    number: int | None
    key: int | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One place of the chain; ``fields`` is None where its line is gone."""

    number: int
    key: int
    hash: bytes
    fields: tuple[str | None, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What the last line was at some moment, as it was written outside the database."""

    number: int
    hash: bytes


def hash_of(previous: bytes, number: int, key: int, fields: Iterable[str | None]) -> bytes:
    """Compute the hash of a line."""
    parts = [previous]
    for value in (str(number), str(key), *fields):
        if value is None:
            parts.append(b"-")
            continue
        encoded = value.encode()
        parts.append(b"%d:%b" % (len(encoded), encoded))
    return hashlib.sha256(b"".join(parts)).digest()


class _Track:
    """Heads of one source, met one after the other; one that ``grows`` never goes back."""

    def __init__(self, heads: Iterable[Head], *, grows: bool) -> None:
        self._grows = grows
        self._heads = iter(heads)
        self._head = next(self._heads, None)
        self._is_rewritten = False
        self.met = 0

    def meet(self, link: Link) -> Iterator[Fault]:
        """Hold the heads of this place against it."""
        while self._head is not None and self._head.number <= link.number:
            if self._head.number == link.number:
                self.met += 1
                if self._head.hash != link.hash and not self._is_rewritten:
                    self._is_rewritten = True
                    text = f"line {link.number} is another than was written outside the database"
                    yield Fault(wrong=Wrong.REWRITTEN, number=link.number, key=link.key, text=text)
            yield from self._next()

    def beyond(self, last: int) -> Iterator[Fault]:
        """Tell of a head that the chain does not reach."""
        while self._head is not None:
            if self._head.number > last:
                text = f"the chain ends at line {last}; line {self._head.number} was written outside the database"
                yield Fault(wrong=Wrong.CUT, number=last + 1, key=None, text=text)
                return
            yield from self._next()

    def _next(self) -> Iterator[Fault]:
        before, self._head = self._head, next(self._heads, None)
        if self._grows and before and self._head and self._head.number < before.number:
            text = f"line {before.number} was written outside the database, and line {self._head.number} after it"
            yield Fault(wrong=Wrong.CUT, number=self._head.number, key=None, text=text)


class ChainCheck:
    """Walks along a chain once, with memory for a few lines.

    Parameters
    ----------
    heads : iterable of Head
        Written outside the database by collega itself, each later than the one before.
    further : iterables of Head
        From other sources, such as the log of a repository that is told some of them twice.
    """

    def __init__(self, heads: Iterable[Head] = (), *further: Iterable[Head]) -> None:
        self.lines = 0
        self.last = Head(number=0, hash=FIRST)
        self._tracks = [_Track(heads, grows=True), *(_Track(source, grows=False) for source in further)]
        self._odd: list[tuple[bytes, Link]] = []

    @property
    def heads(self) -> int:
        """How many heads from outside have been held against the chain."""
        return sum(track.met for track in self._tracks)

    def walk(self, links: Iterable[Link]) -> Iterator[Fault]:
        """Give what is wrong, in the order of the chain; lines that do not fit are told at the end."""
        for link in links:
            for track in self._tracks:
                yield from track.meet(link)
            yield from self._follow(link)
            self.lines += 1
            # The hash that stands there: so that one changed line is one fault, not all that follow.
            self.last = Head(number=link.number, hash=link.hash)
        yield from self._judge()
        for track in self._tracks:
            yield from track.beyond(self.last.number)

    def _follow(self, link: Link) -> Iterator[Fault]:
        wanted = self.last.number + 1
        if link.number != wanted:  # what stands here cannot be computed: its predecessor is gone
            which = f"line {wanted} is" if link.number == wanted + 1 else f"lines {wanted} to {link.number - 1} are"
            yield Fault(wrong=Wrong.MISSING, number=wanted, key=None, text=f"{which} gone; line {link.number} follows")
        elif link.fields is None:
            text = f"line {link.number} is gone; its place in the chain is still there"
            yield Fault(wrong=Wrong.MISSING, number=link.number, key=None, text=text)
        elif hash_of(self.last.hash, link.number, link.key, link.fields) != link.hash:
            if len(self._odd) < MOST_TRIED:
                self._odd.append((self.last.hash, link))
            else:
                yield _changed(link)

    def _judge(self) -> Iterator[Fault]:
        """Tell of each line that does not fit whether what belongs there stands elsewhere."""
        for previous, link in self._odd:
            owner = next((other for _, other in self._odd if _fits(previous, link, other)), None)
            if owner is None:
                yield _changed(link)
                continue
            text = f"line {link.number}: what belongs here stands at line {owner.number}"
            yield Fault(wrong=Wrong.REORDERED, number=link.number, key=link.key, text=text)


def _fits(previous: bytes, link: Link, other: Link) -> bool:
    """Whether what stands at another place belongs here, with its key or without."""
    if other is link or other.fields is None:
        return False
    return any(hash_of(previous, link.number, key, other.fields) == link.hash for key in (other.key, link.key))


def _changed(link: Link) -> Fault:
    text = f"line {link.number} is not as it was written"
    return Fault(wrong=Wrong.CHANGED, number=link.number, key=link.key, text=text)


def inserted(key: int) -> Fault:
    """Tell of a line that has no place in the chain."""
    return Fault(wrong=Wrong.INSERTED, number=None, key=key, text=f"the line with key {key} is not in the chain")

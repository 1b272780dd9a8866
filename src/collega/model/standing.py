"""A report as it stands, from its versions."""

import hashlib
from collections.abc import Collection

from collega.model.message import SIGNED, ReportSaid, ReportStatus, Word
from collega.model.order import Report


def standing(versions: Collection[Word[ReportSaid]]) -> Report | None:
    """Say what counts: the last signed version with the addenda after it, else the last preliminary one.

    A preliminary version that comes after a signed one unsigns nothing. An addendum that repeats the text before it
    stands for both.
    """
    ordered = sorted(versions, key=lambda word: word.order)
    if not ordered:
        return None
    signed = [word for word in ordered if word.said.status in SIGNED]
    whole = [word for word in signed if word.said.status is not ReportStatus.ADDENDUM]
    base = (whole or signed or ordered)[-1]
    added = {
        word.said.version: word
        for word in signed
        if word.said.status is ReportStatus.ADDENDUM and word is not base and (not whole or word.order > base.order)
    }
    last, text = base, base.said.text
    for word in added.values():
        text = word.said.text if text and word.said.text.startswith(text) else f"{text}\n\n{word.said.text}"
        last = word
    return Report(
        status=last.said.status,
        text=text.strip(),
        author=last.said.author or base.said.author,
        at=last.said.signed_at or last.sent_at,
        versions=len({word.said.version for word in ordered}),
        version=_version([base, *added.values()]),
    )


def _version(words: Collection[Word[ReportSaid]]) -> str:
    """Name what counts: a version alone by its own name, one with addenda by all of theirs."""
    names = list(dict.fromkeys(word.said.version for word in words))
    return names[0] if len(names) == 1 else hashlib.sha256(" ".join(names).encode()).hexdigest()[:32]

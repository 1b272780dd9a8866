"""Notices of discrepancies that somebody is to look at: how many, and nothing of a patient (R74)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from collega.model.code import Text
from collega.model.outage import Notice, NoticeKind, Reminder

MAIL = "mail"
HEADINGS: Mapping[NoticeKind, Text] = {
    NoticeKind.OVERDUE: Text(en="AI and reports: discrepancies overdue", nl="AI en verslagen: discrepanties te laat"),
    NoticeKind.URGENT: Text(en="AI and reports: something urgent", nl="AI en verslagen: iets dringends"),
}
BODIES: Mapping[NoticeKind, Text] = {
    NoticeKind.OVERDUE: Text(
        en="{n} past the deadline, or not taken in time. Look at the page Discrepancies of collega.",
        nl="{n} over de deadline, of niet op tijd opgepakt. Kijk op de pagina Discrepanties van collega.",
    ),
    NoticeKind.URGENT: Text(
        en="{n} new: AI names something urgent, the signed report does not. Look at the page Discrepancies of collega.",
        nl="{n} nieuw: AI noemt iets dringends, het getekende verslag niet. Kijk in collega, pagina Discrepanties.",
    ),
}


def notices(found: Sequence[Reminder], channels: Sequence[str], at: datetime) -> Iterator[Notice]:
    """Make one notice of each kind for each channel, and one for each owner whom mail reaches."""
    for kind in HEADINGS:
        of_kind = [one for one in found if one.kind is kind]
        if of_kind:
            yield from (_notice(kind, of_kind, channel, at) for channel in channels)
        for address in sorted({one.mail for one in of_kind} - {""}) if MAIL in channels else ():
            own = [one for one in of_kind if one.mail == address]
            yield _notice(kind, own, f"{MAIL} {address}", at)


def _notice(kind: NoticeKind, found: Sequence[Reminder], channel: str, at: datetime) -> Notice:
    names = "\n".join(sorted(f"{one.key} {one.until}" for one in found))
    heading, body = HEADINGS[kind], BODIES[kind]
    return Notice(
        key="",
        outage_key="",
        kind=kind,
        channel=channel,
        identity=f"{hashlib.blake2b(names.encode(), digest_size=12).hexdigest()}.{kind}",
        at=at,
        heading=heading,
        body=Text(
            en=f"{heading.en}. {body.en.format(n=len(found))}", nl=f"{heading.nl}. {body.nl.format(n=len(found))}"
        ),
    )

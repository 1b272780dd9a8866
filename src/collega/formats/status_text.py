"""What the status page of a study says, line by line, in words alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from collega.errors import InputError
from collega.formats.local import TIME, minute
from collega.formats.together import Row
from collega.formats.wording import NOT_FOR_CLINICAL_USE
from collega.model.code import Text
from collega.model.finding import Outcome
from collega.model.result import NoAnswer, ObjectIdentity, StatusLine

TITLE = Text(en="AI results of this study", nl="AI-uitslagen van dit onderzoek")
TOGETHER = Text(en="Several apps, one finding", nl="Meer apps, één bevinding")
WRITTEN = Text(en="Written", nl="Gemaakt")
FOOTER = (
    Text(
        en="An app that is not listed here was not run on this study.",
        nl="Een app die hier niet staat, is niet op dit onderzoek uitgevoerd.",
    ),
    Text(en="The radiologist decides.", nl="De radioloog beslist."),
)
WORDS: Mapping[Outcome | NoAnswer, Text] = {
    Outcome.FOUND: Text(en="FOUND", nl="GEVONDEN"),
    Outcome.NOTHING_FOUND: Text(en="NOTHING FOUND", nl="NIETS GEVONDEN"),
    Outcome.UNDETERMINED: Text(en="UNDETERMINED", nl="ONBESLIST"),
    Outcome.NOT_SUITABLE: Text(en="NOT SUITABLE", nl="NIET GESCHIKT"),
    Outcome.FAILED: Text(en="FAILED", nl="MISLUKT"),
    NoAnswer.UNAVAILABLE: Text(en="AI UNAVAILABLE: work as before", nl="AI NIET BESCHIKBAAR: werk zoals voorheen"),
    NoAnswer.NO_RULE_OUT: Text(en="LOOKED: does not rule out", nl="GEKEKEN: sluit niet uit"),
    NoAnswer.NOT_ASKED: Text(en="ON DEMAND: not asked", nl="OP VERZOEK: niet gevraagd"),
    NoAnswer.OWN_SCREEN: Text(en="OWN SCREEN: no result yet", nl="EIGEN SCHERM: nog geen uitslag"),
}
# What the reader should do with it, or not read into it.
ADVICE: Mapping[Outcome | NoAnswer, Text | None] = {
    Outcome.FOUND: None,
    Outcome.NOTHING_FOUND: Text(
        en="Looked for nothing else: says nothing about other findings.",
        nl="Naar niets anders gekeken: zegt niets over andere afwijkingen.",
    ),
    Outcome.UNDETERMINED: Text(
        en="The app could not decide: read as without AI.",
        nl="De app kon niet beslissen: beoordeel als zonder AI.",
    ),
    Outcome.NOT_SUITABLE: Text(
        en="Not analysed: read as without AI.",
        nl="Niet geanalyseerd: beoordeel als zonder AI.",
    ),
    Outcome.FAILED: Text(en="No result: read as without AI.", nl="Geen uitslag: beoordeel als zonder AI."),
    NoAnswer.UNAVAILABLE: Text(
        en="Not analysed yet: read as without AI. A result that still comes replaces this page.",
        nl="Nog niet geanalyseerd: beoordeel als zonder AI. Een uitslag die nog komt, vervangt deze pagina.",
    ),
    NoAnswer.NO_RULE_OUT: Text(
        en="This app may point a finding out, and may not rule one out: read as without AI.",
        nl="Deze app mag een afwijking aanwijzen, en mag er geen uitsluiten: beoordeel als zonder AI.",
    ),
    NoAnswer.NOT_ASKED: Text(
        en="Its answer is ready and is shown when you ask for it on the board. Until then: read as without AI.",
        nl="Het antwoord staat klaar en wordt getoond als u erom vraagt op de werklijst. "
        "Tot dan: beoordeel als zonder AI.",
    ),
    NoAnswer.OWN_SCREEN: Text(
        en="This app works on its own screen, which a reader opens from the board. Until its result is here: "
        "read as without AI.",
        nl="Deze app werkt op een eigen scherm, dat u opent vanaf de werklijst. Tot de uitslag hier staat: "
        "beoordeel als zonder AI.",
    ),
}


class Role(StrEnum):
    """Part that a paragraph plays; the drawing decides how it looks."""

    TITLE = "title"
    WRITTEN = "written"
    FINE = "fine"
    REPLACES = "replaces"
    OUTCOME = "outcome"
    TEXT = "text"
    DETAIL = "detail"
    WARNING = "warning"
    TOGETHER = "together"
    SHARED = "shared"
    FOOTER = "footer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """Words of one role; ``outcome`` where a shape stands beside them."""

    role: Role
    words: str
    outcome: Outcome | NoAnswer | None = None


def page(
    lines: Sequence[StatusLine], identity: ObjectIdentity, replaces: Text | None, shared: Sequence[Row] = ()
) -> list[Paragraph]:
    """Every paragraph of the page, from top to bottom; ``shared`` are findings of which several apps speak.

    Raises
    ------
    InputError
        There is no app to speak of, or one found nothing and does not say what it looked for.
    """
    if not lines:
        message = "a status page needs at least one app"
        raise InputError(message)
    for line in lines:
        if line.outcome is Outcome.NOTHING_FOUND and not line.text.in_language(identity.language).strip():
            message = f"{line.app_id} found nothing, but the line does not say what it looked for"
            raise InputError(message)
    return list(_paragraphs(lines, identity, replaces, shared))


def plain_text(paragraphs: Sequence[Paragraph]) -> str:
    """All words of the page, one paragraph a line."""
    return "\r\n".join(paragraph.words for paragraph in paragraphs)


def _paragraphs(
    lines: Sequence[StatusLine], identity: ObjectIdentity, replaces: Text | None, shared: Sequence[Row]
) -> Iterator[Paragraph]:
    language = identity.language
    now = identity.created_at.astimezone(ZoneInfo(identity.timezone))
    yield Paragraph(role=Role.TITLE, words=TITLE.in_language(language))
    written = f"{WRITTEN.in_language(language)} {minute(now, language)} ({identity.timezone}, {now:%Z})"
    yield Paragraph(role=Role.WRITTEN, words=written)
    if replaces is not None:
        yield Paragraph(role=Role.REPLACES, words=replaces.in_language(language))
    for line in lines:
        yield from _app(line, now, language)
    if shared:
        yield Paragraph(role=Role.TOGETHER, words=TOGETHER.in_language(language))
    for row in shared:
        yield Paragraph(role=Role.SHARED, words=row.in_words(language))
    for sentence in FOOTER:
        yield Paragraph(role=Role.FOOTER, words=sentence.in_language(language))


def _app(line: StatusLine, now: datetime, language: str) -> Iterator[Paragraph]:
    """Return the answer first, then what it rests on, last who gave it."""
    yield Paragraph(role=Role.OUTCOME, words=WORDS[line.outcome].in_language(language), outcome=line.outcome)
    advice = ADVICE[line.outcome]
    texts = ((Role.TEXT, line.text), *((Role.DETAIL, detail) for detail in line.details), (Role.DETAIL, advice))
    for role, text in texts:
        if text is not None and text.in_language(language):
            yield Paragraph(role=role, words=text.in_language(language))
    yield Paragraph(role=Role.FINE, words=_signature(line, now, language))
    if not line.clinical_use:
        words = NOT_FOR_CLINICAL_USE.in_language(language)
        yield Paragraph(role=Role.WARNING, words=words[0].upper() + words[1:])


def _signature(line: StatusLine, now: datetime, language: str) -> str:
    name = f"{line.app_name.in_language(language)} ({line.app_id} {line.app_version})"
    if line.at is None:
        return name
    at = line.at.astimezone(now.tzinfo)
    return f"{name}, {at.strftime(TIME) if at.date() == now.date() else minute(at, language)}"

"""What a notice says, in Dutch and English; no word of it is about a patient."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from collega.formats.local import TIME, minute
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.outage import Cause, NoticeKind, Outage, Part

UNAVAILABLE = Text(en="AI unavailable: work as before", nl="AI niet beschikbaar: werk zoals voorheen")
AVAILABLE = Text(en="AI available again", nl="AI weer beschikbaar")
NOT_COVERED = Text(en="AI: not all studies may arrive", nl="AI: mogelijk komen niet alle onderzoeken aan")
COVERED = Text(en="AI: arrival of studies is checked again", nl="AI: aankomst van onderzoeken wordt weer nagegaan")
NO_MESSAGES = Text(en="AI: messages with other systems stand still", nl="AI: berichten met andere systemen stokken")
MESSAGES = Text(en="AI: messages with other systems go again", nl="AI: berichten met andere systemen lopen weer")

# Part and cause -> what is wrong, with {name} of the part and {since}.
TROUBLE: Mapping[tuple[Part, Cause], Text] = {
    (Part.APP, Cause.WAITING): Text(
        en="{name} has not answered since {since}.", nl="{name} heeft sinds {since} niet geantwoord."
    ),
    (Part.APP, Cause.FAILING): Text(
        en="{name} has failed on every study since {since}.", nl="{name} is sinds {since} bij elk onderzoek mislukt."
    ),
    (Part.APP, Cause.STOPPED): Text(
        en="{name} was stopped by a person at {since}.", nl="{name} is om {since} door een persoon stilgezet."
    ),
    (Part.PACS, Cause.UNREACHABLE): Text(
        en="The PACS {name} has not taken results since {since}.",
        nl="Het PACS {name} heeft sinds {since} geen uitslagen aangenomen.",
    ),
    (Part.COVERAGE, Cause.UNREACHABLE): Text(
        en="The PACS could not be asked since {since} whether all studies have arrived.",
        nl="Aan het PACS kon sinds {since} niet worden gevraagd of alle onderzoeken zijn aangekomen.",
    ),
    (Part.COVERAGE, Cause.SILENT): Text(
        en="Since {since} nobody has checked whether all studies have arrived.",
        nl="Sinds {since} is niet nagegaan of alle onderzoeken zijn aangekomen.",
    ),
    (Part.RECEIVER, Cause.SILENT): Text(
        en="collega has received no studies since {since}.", nl="collega ontvangt sinds {since} geen onderzoeken."
    ),
    (Part.WORKER, Cause.SILENT): Text(
        en="No study has been analysed since {since}.", nl="Sinds {since} wordt geen onderzoek geanalyseerd."
    ),
    (Part.LINKS, Cause.SILENT): Text(
        en="collega has taken no messages of the RIS since {since}.",
        nl="collega neemt sinds {since} geen berichten van het RIS aan.",
    ),
    (Part.SENDER, Cause.SILENT): Text(
        en="{name} has sent no messages since {since}, and usually does at this hour.",
        nl="{name} heeft sinds {since} geen berichten gestuurd; op dit uur is dat ongewoon.",
    ),
    (Part.INBOX, Cause.FAILING): Text(
        en="Messages that came since {since} could not be used.",
        nl="Berichten die sinds {since} binnenkwamen, konden niet worden gebruikt.",
    ),
    (Part.DESTINATION, Cause.UNREACHABLE): Text(
        en="{name} has taken no messages since {since}.", nl="{name} neemt sinds {since} geen berichten aan."
    ),
    (Part.DESTINATION, Cause.FAILING): Text(
        en="{name} has refused messages since {since}.", nl="{name} weigert sinds {since} berichten."
    ),
    (Part.DATABASE, Cause.SILENT): Text(
        en="The database of collega has not answered since {since}.",
        nl="De database van collega antwoordt sinds {since} niet.",
    ),
}
AS_WITHOUT = Text(en="Studies are read as without AI.", nl="Onderzoeken worden beoordeeld als zonder AI.")
NOT_LISTED = Text(
    en="A study without an AI status page may never have come to the AI: read it as without AI.",
    nl="Een onderzoek zonder AI-statuspagina is mogelijk nooit bij de AI aangekomen: beoordeel het als zonder AI.",
)
# What a reader is to do about messages, by part.
IN_THE_RIS = Text(
    en="Orders, priorities and reports may be missing here: look in the RIS.",
    nl="Aanvragen, prioriteiten en verslagen kunnen hier ontbreken: kijk in het RIS.",
)
NOT_THERE = Text(
    en="What the AI says may be missing there: look in the PACS or on the AI board.",
    nl="Wat de AI zegt kan daar ontbreken: kijk in het PACS of op de AI-werklijst.",
)
ON_MESSAGES: Mapping[Part, Text] = {
    Part.LINKS: IN_THE_RIS,
    Part.SENDER: IN_THE_RIS,
    Part.INBOX: IN_THE_RIS,
    Part.DESTINATION: NOT_THERE,
}
FROM_TO = Text(en="It was out from {since} to {until}.", nl="Het lag stil van {since} tot {until}.")
LATE = Text(
    en="{late} studies were not analysed in time; {waiting} of them are being caught up.",
    nl="{late} onderzoeken zijn niet op tijd geanalyseerd; {waiting} daarvan worden ingehaald.",
)


def heading(outage: Outage, kind: NoticeKind) -> Text:
    """Give the subject line."""
    if outage.subject.part in ON_MESSAGES:
        return NO_MESSAGES if kind is NoticeKind.UNAVAILABLE else MESSAGES
    if outage.subject.part is Part.COVERAGE:
        return NOT_COVERED if kind is NoticeKind.UNAVAILABLE else COVERED
    return UNAVAILABLE if kind is NoticeKind.UNAVAILABLE else AVAILABLE


def body(  # noqa: PLR0913 - an outage, and what is told of it
    outage: Outage, kind: NoticeKind, manifest: Manifest | None, zone: ZoneInfo, *, late: int = 0, waiting: int = 0
) -> Text:
    """Give the whole message; its first line is the heading, for a screen that shows no subject."""
    first = heading(outage, kind)
    sentences = [Text(en=f"{first.en}.", nl=f"{first.nl}.")]
    name = f"{manifest.id} {manifest.version}" if manifest else outage.subject.name
    trouble = TROUBLE[outage.subject.part, outage.cause]
    since = _clock(outage.down_since, outage.noticed_at or outage.seen_at, zone)
    if kind is NoticeKind.UNAVAILABLE:
        sentences += [_filled(trouble, name=name, since=since), _advice(outage.subject.part)]
        return _joined(sentences)
    until = outage.up_since or outage.ended_at or outage.seen_at
    if name:
        sentences.append(Text(en=f"{name}.", nl=f"{name}."))
    sentences.append(_filled(FROM_TO, since=_clock(outage.down_since, until, zone), until=_clock(until, until, zone)))
    if late:
        sentences.append(_filled(LATE, late=late, waiting=waiting))
    return _joined(sentences)


def _advice(part: Part) -> Text:
    return NOT_LISTED if part is Part.COVERAGE else ON_MESSAGES.get(part, AS_WITHOUT)


def on_board(part: Part, cause: Cause, name: str, since: str) -> Text | None:
    """Give the sentence of the board on messages that stand still; None for every other part."""
    if part not in ON_MESSAGES:
        return None
    return _joined([_filled(TROUBLE[part, cause], name=name, since=since), ON_MESSAGES[part]])


def _joined(sentences: list[Text]) -> Text:
    return Text(en=" ".join(text.en for text in sentences), nl=" ".join(text.nl for text in sentences))


def _filled(text: Text, **values: Text | str | int) -> Text:
    en, nl = (
        {name: value.in_language(language) if isinstance(value, Text) else value for name, value in values.items()}
        for language in ("en", "nl")
    )
    return Text(en=text.en.format(**en), nl=text.nl.format(**nl))


def _clock(moment: datetime, now: datetime, zone: ZoneInfo) -> Text:
    """Time of day at the site, with the date where it is another day."""
    local = moment.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    en, nl = (local.strftime(TIME) if is_today else minute(local, language) for language in ("en", "nl"))
    return Text(en=en, nl=nl)

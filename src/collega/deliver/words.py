"""What the series list and the status page say of a result, in Dutch and English."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from collega.formats.wording import OUTCOMES, finding_words
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.finding import AppResult, Evaluation, Finding, Outcome
from collega.model.outage import Outage
from collega.model.result import NoAnswer, ObjectKind, StatusLine

LONGEST = 64  # LO, PS3.5 section 6.2

KINDS: Mapping[ObjectKind, Text] = {
    ObjectKind.FINDINGS_SR: Text(en="", nl=""),
    ObjectKind.FINDINGS_SR_2D: Text(en="", nl=""),
    ObjectKind.REGIONS_SR: Text(en="regions", nl="gebieden"),
    ObjectKind.SEGMENTATION: Text(en="segmentation", nl="segmentatie"),
    ObjectKind.REJECTION_NOTE: Text(en="earlier result withdrawn", nl="eerder resultaat ingetrokken"),
}


def replaces(earlier: datetime, zone: ZoneInfo) -> Text:
    """Name the result that this one takes the place of."""
    clock = earlier.astimezone(zone).strftime("%H:%M")
    return Text(en=f"REPLACES result of {clock}", nl=f"VERVANGT resultaat van {clock}")


def description(result: AppResult, kind: ObjectKind, language: str, replaced: Text | None) -> str:
    """Series Description of a result: the answer, readable in any series list."""
    answer = OUTCOMES[result.outcome].in_language(language)
    best = max((finding.score.presence_percent for finding in result.findings), default=None)
    score = f" ({best:.1f}/100)" if best is not None else ""
    more = [KINDS[kind].in_language(language), replaced.in_language(language) if replaced else ""]
    tail = "".join(f", {part}" for part in more if part)
    whole = f"AI {result.app_id}: {answer}{score}{tail}"
    return whole if len(whole) <= LONGEST else _shortened(f"AI {result.app_id}", f": {answer}{tail}")


def _shortened(head: str, tail: str) -> str:
    """Cut the head, never the tail: it says what is found, and what is replaced."""
    room = LONGEST - len(tail)
    return (head if len(head) <= room else f"{head[: max(room - 2, 0)]}..") + tail


def page_description(outcomes: Sequence[Outcome | NoAnswer], language: str, replaced: Text | None) -> str:
    """Series Description of the status page: how many apps said what."""
    counts = [(word.in_language(language), outcomes.count(outcome)) for outcome, word in OUTCOMES.items()]
    said = ", ".join(f"{word} {count}" if len(outcomes) > 1 else word for word, count in counts if count)
    return _shortened(f"AI status: {said}", f", {replaced.in_language(language)}" if replaced else "")


def status_line(result: AppResult, manifest: Manifest, at: datetime) -> StatusLine:
    """One app's line on the status page."""
    return StatusLine(
        app_name=manifest.name,
        app_id=manifest.id,
        app_version=result.app_version,
        clinical_use=manifest.clinical_use,
        outcome=result.outcome,
        text=_summary(result, manifest),
        details=(
            *(finding_words(_name(finding, manifest), finding) for finding in result.findings),
            *result.notes,
        ),
        at=at,
    )


def unavailable_line(manifest: Manifest, outage: Outage, zone: ZoneInfo) -> StatusLine:
    """Line of an app that was declared unavailable while the study waits for it."""
    since = f"{outage.down_since.astimezone(zone):%H:%M}"
    return StatusLine(
        app_name=manifest.name,
        app_id=manifest.id,
        app_version=manifest.version,
        clinical_use=manifest.clinical_use,
        outcome=NoAnswer.UNAVAILABLE,
        text=Text(en=f"No answer from this app since {since}.", nl=f"Geen antwoord van deze app sinds {since}."),
    )


def _summary(result: AppResult, manifest: Manifest) -> Text:
    if result.reason is not None:
        return result.reason
    present = [finding for finding in result.findings if finding.evaluation is Evaluation.PRESENT]
    named = present or list(result.findings)
    names = [_name(finding, manifest) for finding in named]
    en, nl = ", ".join(name.en for name in names), ", ".join(name.nl for name in names)
    if present:
        return Text(en=en, nl=nl)
    return Text(en=f"looked for {en}", nl=f"gezocht naar {nl}")


def _name(finding: Finding, manifest: Manifest) -> Text:
    spec = manifest.finding(finding.id)
    return spec.name if spec else Text(en=finding.code.meaning, nl=finding.code.meaning)

"""What the series list and the status page say of a result, in Dutch and English."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from collega.formats.dicom_concept import concept
from collega.formats.local import TIME, clock
from collega.formats.rule_words import rule_words, told
from collega.formats.together import AppSaid, Row, said_of, sayable, shared, together
from collega.formats.wording import OUTCOMES, finding_words
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.finding import AppResult, Evaluation, Finding, Outcome
from collega.model.job import Job
from collega.model.outage import Outage
from collega.model.result import NoAnswer, ObjectKind, StatusLine

# So many findings are named one by one.
MANY = 12
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
    time = earlier.astimezone(zone).strftime(TIME)
    return Text(en=f"REPLACES result of {time}", nl=f"VERVANGT resultaat van {time}")


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


def status_line(
    result: AppResult,
    manifest: Manifest,
    at: datetime,
    outcome: Outcome | NoAnswer | None = None,
    text: Text | None = None,
) -> StatusLine:
    """One app's line on the status page; ``outcome`` and ``text`` where it may say less than its result does."""
    return StatusLine(
        app_name=manifest.name,
        app_id=manifest.id,
        app_version=result.app_version,
        clinical_use=manifest.clinical_use,
        outcome=outcome or result.outcome,
        text=text or summary(result, manifest),
        details=(
            *(rule_words(said, manifest) for said in told(result.verdicts, may_rule_out=manifest.use.may_rule_out)),
            *(finding_words(_name(finding, manifest), finding) for finding in _worth_a_line(result, manifest)),
            *result.notes,
        ),
        at=at,
    )


def waiting_line(manifest: Manifest, outcome: Outcome | NoAnswer, version: str) -> StatusLine:
    """Line of an app whose word is up to a reader: kept until asked for, or to come from its own screen."""
    return StatusLine(
        app_name=manifest.name,
        app_id=manifest.id,
        app_version=version,
        clinical_use=manifest.clinical_use,
        outcome=outcome,
        text=Text(en="", nl=""),
    )


def unavailable_line(manifest: Manifest, outage: Outage, zone: ZoneInfo, now: datetime) -> StatusLine:
    """Line of an app that was declared unavailable while the study waits for it."""
    en, nl = (clock(outage.down_since.astimezone(zone), now.astimezone(zone), language) for language in ("en", "nl"))
    return StatusLine(
        app_name=manifest.name,
        app_id=manifest.id,
        app_version=manifest.version,
        clinical_use=manifest.clinical_use,
        outcome=NoAnswer.UNAVAILABLE,
        text=Text(en=f"No answer from this app since {en}.", nl=f"Geen antwoord van deze app sinds {nl}."),
    )


def summary(result: AppResult, manifest: Manifest) -> Text:
    """Say what was found, else what was looked for, else why there is no answer."""
    if result.reason is not None:
        return result.reason
    present = [finding for finding in result.findings if finding.evaluation is Evaluation.PRESENT]
    named = present or list(result.findings)
    names = [_name(finding, manifest) for finding in named]
    rest = f", +{len(names) - MANY}" if len(names) > MANY else ""
    en, nl = (", ".join(name.in_language(language) for name in names[:MANY]) + rest for language in ("en", "nl"))
    if present:
        return Text(en=en, nl=nl)
    return Text(en=f"looked for {en}", nl=f"gezocht naar {nl}")


def _worth_a_line(result: AppResult, manifest: Manifest) -> list[Finding]:
    """Every finding, but of many those that a rule has counted as below their thresholds."""
    counted = {name for rule in manifest.rules for name in rule.findings} if len(result.findings) > MANY else set()
    return [item for item in result.findings if item.id not in counted or item.evaluation is not Evaluation.ABSENT]


def shared_findings(
    answered: Iterable[tuple[Job, AppResult]], waiting: Iterable[tuple[Job, Outage]], catalogue: Mapping[str, Manifest]
) -> list[Row]:
    """Give the findings that two or more apps look for, with the word of each."""
    said = [_said(catalogue[job.app_id], result) for job, result in answered]
    said += [said_of(catalogue[job.app_id], None, ()) for job, _ in waiting]
    return shared(together(said, concept))


def _said(manifest: Manifest, result: AppResult) -> AppSaid:
    may = manifest.use.may_rule_out
    return said_of(manifest, result.outcome, sayable(result.findings, may_rule_out=may))


def _name(finding: Finding, manifest: Manifest) -> Text:
    spec = manifest.finding(finding.id)
    return spec.name if spec else Text(en=finding.code.meaning, nl=finding.code.meaning)

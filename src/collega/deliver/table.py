"""The table of delivery: stage x way x rights x outcome -> what each channel says, and as which objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from collega.model.app import Manifest, Stage
from collega.model.finding import AppResult, Evaluation, Finding, Outcome
from collega.model.job import JobState
from collega.model.result import NoAnswer, ObjectKind
from collega.model.runtime import Way
from collega.model.trust import Allowance


class Channel(StrEnum):
    """Ways in which an app's word reaches people."""

    PACS = "pacs"
    BOARD = "board"
    ORDER = "order"
    ALERTS = "alerts"
    RESULTS = "results"  # messages with results, to RIS, PACS and EHR
    FLAG = "flag"  # messages that raise an order in the RIS's own worklist
    FHIR = "fhir"


# A new app is in shadow: it runs, and no channel carries its word. In pilot it is shown on the board
# alone and moves no study; only a live app speaks in the PACS and over FHIR, and raises a study in the worklist.
CHANNELS: Mapping[Stage, frozenset[Channel]] = {
    Stage.OFF: frozenset(),
    Stage.SHADOW: frozenset(),
    Stage.PILOT: frozenset({Channel.BOARD}),
    Stage.LIVE: frozenset(Channel),
    Stage.SUSPENDED: frozenset(),
}

_REPORTS = (ObjectKind.FINDINGS_SR, ObjectKind.REGIONS_SR, ObjectKind.SEGMENTATION, ObjectKind.FORWARDED)

# Only an analysed study gets a report of findings; every outcome stands on the status page.
OBJECTS: Mapping[Outcome | NoAnswer, tuple[ObjectKind, ...]] = {
    Outcome.FOUND: _REPORTS,
    Outcome.NOTHING_FOUND: _REPORTS,
    Outcome.UNDETERMINED: _REPORTS,
    Outcome.NOT_SUITABLE: (),
    Outcome.FAILED: (),
}

# Objects that say where.
PLACES = frozenset({ObjectKind.REGIONS_SR, ObjectKind.SEGMENTATION})

# Objects of the maker's own: nothing can be left out of them, and nobody knows all that they say.
UNCHANGED = frozenset({ObjectKind.FORWARDED})

# What is said by an app that may not rule out.
WITHOUT_RULE_OUT: Mapping[Outcome, Outcome | NoAnswer] = {Outcome.NOTHING_FOUND: NoAnswer.NO_RULE_OUT}

# What an app on demand keeps until a reader asks. That it could not answer is no finding, and is said at once.
KEPT_UNTIL_ASKED = frozenset({Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED})
AFTER_ASKING = frozenset({JobState.ASKED, JobState.DONE})

# Channels that disturb somebody: they carry a finding, of an app that may set priorities, and nothing else.
DISTURBING = frozenset({Channel.ORDER, Channel.ALERTS, Channel.FLAG})

# What to offer a PACS that takes no object of this kind; the status page is the last form of all.
FALLBACK: Mapping[ObjectKind, ObjectKind] = {ObjectKind.FINDINGS_SR: ObjectKind.FINDINGS_SR_2D}


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where one app's work on a study stands, and how far the app is trusted."""

    stage: Stage
    way: Way
    may: Allowance
    state: JobState
    outcome: Outcome | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Say:
    """What one channel says: a word, its objects, and whether it names what was not seen, and shows where."""

    outcome: Outcome | NoAnswer
    objects: tuple[ObjectKind, ...] = ()
    absences: bool = True
    places: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out; only then its own notes and pictures are shown, which nobody can read over."""
        return self.absences and self.places


def reaches(stage: Stage, channel: Channel) -> bool:
    """Whether an app of that stage is heard on that channel."""
    return channel in CHANNELS[stage]


def say(standing: Standing, channel: Channel) -> Say | None:
    """Tell what a channel says of an app's work on a study; None where it says nothing at all."""
    word = _word(standing)
    if word is None or not reaches(standing.stage, channel):
        return None
    may = standing.may
    if channel in DISTURBING and not (word is Outcome.FOUND and may.may_prioritise):
        return None
    kinds = OBJECTS.get(word, ()) if channel is Channel.PACS else ()
    return Say(
        outcome=word,
        objects=tuple(kind for kind in kinds if _may_say(kind, may)),
        absences=may.may_rule_out,
        places=may.may_localise,
    )


def _may_say(kind: ObjectKind, may: Allowance) -> bool:
    """Whether an app of these rights may send objects of a kind."""
    if kind in UNCHANGED:
        return may.may_rule_out and may.may_localise
    return may.may_localise or kind not in PLACES


def _word(standing: Standing) -> Outcome | NoAnswer | None:
    outcome = standing.outcome
    if outcome is None:
        return NoAnswer.OWN_SCREEN if standing.state is JobState.OFFERED else None
    is_kept = standing.way is Way.ON_DEMAND and standing.state not in AFTER_ASKING
    if is_kept and outcome in KEPT_UNTIL_ASKED:
        return NoAnswer.NOT_ASKED
    return outcome if standing.may.may_rule_out else WITHOUT_RULE_OUT.get(outcome, outcome)


def narrowed(result: AppResult, said: Say, manifest: Manifest) -> AppResult:
    """Leave out of a result what is not to be said; of its own words nobody knows what they say."""
    if said.is_whole:
        return result
    return replace(
        result,
        findings=narrowed_findings(result.findings, said, manifest),
        segments=result.segments if said.places else (),
        attachments=(),
        notes=(),
        # A rule counts what is below its threshold: that is a word on absence too.
        verdicts=result.verdicts if said.absences else (),
    )


def narrowed_findings(findings: Sequence[Finding], said: Say, manifest: Manifest | None) -> tuple[Finding, ...]:
    """Leave out what was not seen, and where the others were, as far as that is not to be said."""
    kept = [item for item in findings if said.absences or item.evaluation is not Evaluation.ABSENT]
    return tuple(item if said.places else _placeless(item, manifest) for item in kept)


def _placeless(finding: Finding, manifest: Manifest | None) -> Finding:
    """Take away where it was seen; a site that the manifest fixes is part of what is looked for."""
    spec = manifest.finding(finding.id) if manifest else None
    site = finding.site if spec is not None and spec.site == finding.site else None
    return replace(finding, site=site, images=(), regions=())

"""From a vendor's statements to the findings that its app promises: which, what it says, and what silence means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collega.errors import QuarantineError
from collega.formats.vendor.said import SPEAKING, Ended, Said, Statement
from collega.model.app import FindingSpec, Manifest
from collega.model.code import Code, Text
from collega.model.finding import Evaluation, Finding, Segment
from collega.model.results import ResultsSpec, Silence
from collega.normalise import notes
from collega.normalise.judge import Judged, judged, restated

MOST_UNREAD = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """The promised findings, each with the vendor's word or with what its silence means."""

    findings: tuple[Finding, ...]
    segments: tuple[Segment, ...] = ()
    notes: tuple[Text, ...] = ()
    unread: tuple[str, ...] = ()


def promised(said: Sequence[Said], manifest: Manifest, spec: ResultsSpec, images: tuple[str, ...]) -> Promise:
    """Give each promised finding its word.

    Parameters
    ----------
    images : tuple of str
        SOP Instance UIDs of all images that the app was given.

    Raises
    ------
    QuarantineError
        ``no-score``, ``score``, ``contradiction``.
    """
    spoken: dict[str, list[Statement]] = {item.id: [] for item in manifest.findings}
    unread = [text for item in said for text in item.unread]
    for item in said:
        for statement in item.statements:
            name = finding_of(statement, manifest, spec)
            if name in spoken:
                spoken[name].append(statement)
            else:
                unread.append(_unknown(item, statement))
    found = [_finding(item, spoken[item.id], said, spec, images) for item in manifest.findings]
    return Promise(
        findings=tuple(finding for finding, _ in found),
        notes=notes.gathered([(item.name, how) for item, (_, how) in zip(manifest.findings, found, strict=True)]),
        unread=tuple(dict.fromkeys(unread))[:MOST_UNREAD],
    )


def finding_of(statement: Statement, manifest: Manifest, spec: ResultsSpec) -> str:
    """Name the finding that a statement is about, empty where it is about none of the promised ones."""
    if statement.finding:
        return statement.finding
    named = statement.concept and (statement.concept.scheme, statement.concept.value)
    sites = {(site.scheme, site.value) for site in statement.sites}
    labels = {statement.label.casefold(), statement.concept.meaning.casefold() if statement.concept else ""}
    for word in spec.codes:
        fits = named == word.code if word.code else word.label.casefold() in labels
        if fits and (word.site is None or word.site in sites):
            return word.finding
    for item in manifest.findings:
        at = item.site and (item.site.scheme, item.site.value)
        if named == (item.code.scheme, item.code.value) and (not at or not sites or at in sites):
            return item.id
    return ""


def _unknown(said: Said, statement: Statement) -> str:
    code = statement.concept
    what = f"{code.meaning} ({code.value}, {code.scheme})" if code else statement.label or "something without a name"
    return f"{said.file}: {what}"[:200]


def _finding(
    item: FindingSpec, spoken: Iterable[Statement], said: Sequence[Said], spec: ResultsSpec, images: tuple[str, ...]
) -> tuple[Finding, notes.How]:
    words = [judged(statement, item, spec) for statement in spoken]
    word = _merged(words, item) if words else _silent(item, said, spec)
    score, how = word.score, word.how
    if score is None:
        if not spec.restates:
            text = f"the app gives no number for {item.id}, and results.score_from_evaluation is false"
            raise QuarantineError("no-score", text)
        score, how = restated(word.evaluation, item), notes.How(is_restated=True, silence=how.silence)
    speaking = [piece for piece in words if piece.evaluation is word.evaluation]
    named = dict.fromkeys(uid for piece in words for uid in piece.images)
    finding = Finding(
        id=item.id,
        code=item.code,
        site=_site(speaking, item),
        evaluation=word.evaluation,
        score=score,
        threshold=None if how.is_restated else item.threshold,
        images=tuple(named) or images,
        regions=tuple(dict.fromkeys(region for piece in speaking for region in piece.regions)),
        measurements=word.measurements,
    )
    return finding, how


def _site(speaking: Sequence[Judged], item: FindingSpec) -> Code | None:
    """Where it is: the vendor's word where it names one place alone, else what the manifest says."""
    sites = dict.fromkeys(site for piece in speaking for site in piece.sites)
    return next(iter(sites)) if len(sites) == 1 else item.site


def _merged(words: Sequence[Judged], item: FindingSpec) -> Judged:
    """Take the word that counts of several on one finding: present before undetermined before absent."""
    by: Mapping[Evaluation, list[Judged]] = {kind: [w for w in words if w.evaluation is kind] for kind in Evaluation}
    present, absent = by[Evaluation.PRESENT], by[Evaluation.ABSENT]
    for here in present:
        for not_here in absent:
            if here.contradicts(not_here):
                text = f"the app calls {item.id} present and absent at once"
                raise QuarantineError("contradiction", text)
    strongest = present or by[Evaluation.UNDETERMINED] or absent
    return max(strongest, key=lambda word: word.score.presence_percent if word.score else -1.0)


def _silent(item: FindingSpec, said: Sequence[Said], spec: ResultsSpec) -> Judged:
    """Say what it means that nothing was said: never absent unless its maker, or the report, says so."""
    speaking = [piece for piece in said if piece.kind in SPEAKING]
    if any(_is_free(piece, item, spec) for piece in speaking):
        return Judged(evaluation=Evaluation.ABSENT, how=notes.How(silence=notes.Silent.PROCESSED))
    is_whole = speaking and not any(piece.ended in {Ended.SOME, Ended.NONE} for piece in speaking)
    if is_whole and spec.silence is Silence.ABSENT:
        return Judged(evaluation=Evaluation.ABSENT, how=notes.How(silence=notes.Silent.DOCUMENTED))
    return Judged(evaluation=Evaluation.UNDETERMINED, how=notes.How(silence=notes.Silent.UNKNOWN))


def _is_free(said: Said, item: FindingSpec, spec: ResultsSpec) -> bool:
    """Whether a report says of all its algorithms that they succeeded and found nothing, this one among them."""
    if said.ended is not Ended.ALL_WITHOUT_FINDINGS:
        return False
    searched = {(code.scheme, code.value) for code in said.searched_for}
    words = {word.code for word in spec.codes if word.finding == item.id} | {(item.code.scheme, item.code.value)}
    return item.id in spec.without_findings or bool(words & searched)

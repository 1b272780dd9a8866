"""The word on one finding: of all that is said of it, what decides; and what it means where nothing is said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from collega.errors import QuarantineError
from collega.formats.vendor.said import DRAWINGS, SPEAKING, Ended, Said, Statement
from collega.model.app import FindingSpec
from collega.model.finding import Evaluation, Score
from collega.model.results import ResultsSpec, Silence
from collega.normalise import notes
from collega.normalise.judge import Judged, judged, restated
from collega.normalise.located import Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """The word on one finding: what decides it, and all that says the same."""

    item: FindingSpec
    deciding: Judged
    speaking: tuple[Judged, ...]
    images: tuple[str, ...]
    score: Score
    how: notes.How
    lost: tuple[str, ...]


def word_on(
    item: FindingSpec,
    spoken: Iterable[tuple[Said, Statement]],
    said: Sequence[Said],
    spec: ResultsSpec,
    places: Places,
) -> Word:
    """Find the word on a finding.

    Raises
    ------
    QuarantineError
        ``no-score``, ``score``, ``contradiction``, ``geometry``, ``mask``.
    """
    located = [(piece, statement, places.locate(statement, piece.file)) for piece, statement in spoken]
    words = [
        replace(found, is_drawn=found.is_drawn and piece.kind in DRAWINGS)
        for piece, statement, place in located
        for found in [judged(statement, item, spec, place)]
    ]
    deciding = _merged(words, item) if words else _silent(item, said, spec)
    score, how = deciding.score, deciding.how
    if score is None:
        if not spec.restates:
            text = f"the app gives no number for {item.id}, and results.score_from_evaluation is false"
            raise QuarantineError("no-score", text)
        score, how = restated(deciding.evaluation, item), replace(how, is_restated=True)
    return Word(
        item=item,
        deciding=deciding,
        speaking=tuple(word for word in words if word.evaluation is deciding.evaluation),
        images=tuple(dict.fromkeys(uid for word in words for uid in word.images)),
        score=score,
        how=how,
        lost=tuple(text for _, _, place in located for text in place.lost),
    )


def _merged(words: Sequence[Judged], item: FindingSpec) -> Judged:
    """Take the word that counts of several on one finding: present before undetermined before absent."""
    # A drawing does not overrule a number: where the site moves a threshold, it stays as the app drew it.
    said = [word for word in words if not word.is_drawn]
    if any(word.score for word in said):
        words = said
    by = {kind: [word for word in words if word.evaluation is kind] for kind in Evaluation}
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

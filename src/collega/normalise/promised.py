"""From a vendor's statements to the findings that its app promises: which, what it says, and what silence means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.formats.vendor.said import Said, Statement
from collega.model.app import FindingSpec
from collega.model.code import Code, Text
from collega.model.finding import Finding, Segment
from collega.model.results import ResultsSpec
from collega.normalise import notes
from collega.normalise.asked import Asked
from collega.normalise.judge import Judged
from collega.normalise.located import Places
from collega.normalise.match import finding_of, unknown
from collega.normalise.word import Word, word_on

MOST_UNREAD = 50
# As in our own schema.
MOST_REGIONS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """The promised findings, each with the vendor's word or with what its silence means."""

    findings: tuple[Finding, ...]
    segments: tuple[Segment, ...] = ()
    notes: tuple[Text, ...] = ()
    unread: tuple[str, ...] = ()


def promised(said: Sequence[Said], asked: Asked, spec: ResultsSpec, places: Places) -> Promise:
    """Give each promised finding its word.

    Raises
    ------
    QuarantineError
        ``no-score``, ``score``, ``contradiction``, ``geometry``, ``mask``, ``unknown-image``, ``too-much``.
    """
    manifest = asked.manifest
    spoken: dict[str, list[tuple[Said, Statement]]] = {item.id: [] for item in manifest.findings}
    unread = [text for item in said for text in item.unread]
    for item in said:
        for statement in item.statements:
            name = finding_of(statement, manifest, spec)
            if name in spoken:
                spoken[name].append((item, statement))
            else:
                unread.append(unknown(item, statement))
    words = [word_on(item, spoken[item.id], said, spec, places) for item in manifest.findings]
    kept = [_finding(word, tuple(asked.inputs), places) for word in words]
    unread += [text for word in words for text in word.lost]
    unread += [text for _, segment, lost in kept for text in (*lost, *([segment] if isinstance(segment, str) else []))]
    return Promise(
        findings=tuple(finding for finding, _, _ in kept),
        segments=tuple(segment for _, segment, _ in kept if isinstance(segment, Segment)),
        notes=notes.gathered([(word.item.name, word.how) for word in words]),
        unread=tuple(dict.fromkeys(unread))[:MOST_UNREAD],
    )


def _finding(
    word: Word, images: tuple[str, ...], places: Places
) -> tuple[Finding, Segment | str | None, tuple[str, ...]]:
    """Make the finding, with its mask, or why that stays where it is."""
    item = word.item
    regions = tuple(dict.fromkeys(region for piece in word.speaking for region in piece.regions))
    finding = Finding(
        id=item.id,
        code=item.code,
        site=_site(word.speaking, item),
        evaluation=word.deciding.evaluation,
        score=word.score,
        threshold=None if word.how.is_restated else item.threshold,
        images=word.images or images,
        regions=regions[:MOST_REGIONS],
        measurements=word.deciding.measurements,
    )
    lost = (
        (f"{item.id}: {len(regions)} places, the first {MOST_REGIONS} are kept",) if len(regions) > MOST_REGIONS else ()
    )
    planes = _together([piece.planes for piece in word.speaking])
    return finding, places.keep_mask(item.id, item.code.meaning, planes) if planes else None, lost


def _together(masks: Sequence[Mapping[str, NDArray[np.bool_]]]) -> dict[str, NDArray[np.bool_]]:
    """Lay several masks of one finding over each other."""
    planes: dict[str, NDArray[np.bool_]] = {}
    for mask in masks:
        for uid, plane in mask.items():
            before = planes.get(uid)
            planes[uid] = plane if before is None or before.shape != plane.shape else before | plane
    return planes


def _site(speaking: Sequence[Judged], item: FindingSpec) -> Code | None:
    """Where it is: the vendor's word where it names one place alone, else what the manifest says."""
    sites = dict.fromkeys(site for piece in speaking for site in piece.sites)
    return next(iter(sites)) if len(sites) == 1 else item.site

"""How each app worked on the simulated day, and which channels carried its word."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collega.bootstrap.demo.count import REPORT_CLASSES, Known
from collega.model.app import Manifest
from collega.model.finding import Outcome
from collega.model.result import NoAnswer
from collega.model.runtime import Runtime, Way

# What the board says of an app's work; it is no word of the app that one waits for a reader.
WAITING = frozenset({NoAnswer.NOT_ASKED, NoAnswer.OWN_SCREEN, NoAnswer.UNAVAILABLE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Channels:
    """One app's day, in studies.

    Attributes
    ----------
    studies : int
        That it was given.
    board : int
        On which the board carries its word.
    pacs : int
        With a report of it in the PACS; the status page names it on every one.
    raised : int
        That it found something in, and that stand higher in the list for it.
    silent : mapping
        On which it says less than its result, or nothing yet, and why.
    """

    way: Way
    runtime: Runtime
    studies: int
    board: int
    pacs: int
    raised: int
    silent: Mapping[NoAnswer, int]


def channels(studies: Iterable[str], known: Known, apps: Mapping[str, Manifest]) -> Mapping[str, Channels]:
    """Count per app what reached whom; an app without a study is left out."""
    of_day = list(studies)
    found = {app: _of(manifest, of_day, known) for app, manifest in sorted(apps.items())}
    return {app: counted for app, counted in found.items() if counted.studies}


def _of(manifest: Manifest, studies: Iterable[str], known: Known) -> Channels:
    given = [uid for uid in studies if uid in known.said and manifest.id in known.said[uid].apps]
    words = {uid: known.said[uid].apps[manifest.id] for uid in given}
    ordering = {uid for uid in given if words[uid] is Outcome.FOUND and known.said[uid].raised}
    return Channels(
        way=manifest.use.way,
        runtime=manifest.run.runtime,
        studies=len(given),
        board=sum(word is not None and word not in WAITING for word in words.values()),
        pacs=sum(_has_report(known, uid, manifest.id) for uid in given),
        raised=len(ordering) if manifest.use.may_prioritise else 0,
        silent=Counter(word for word in words.values() if isinstance(word, NoAnswer)),
    )


def _has_report(known: Known, uid: str, app: str) -> bool:
    kept = known.shelf.get(uid, ())
    return any(item.sop_class_uid in REPORT_CLASSES and item.model_name == app for item in kept)

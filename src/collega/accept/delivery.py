"""The step that sends the test patient's objects."""

import time
from collections.abc import Sequence

from collega.accept.findings import Found, fail, passed, warn
from collega.accept.meeting import NAMES
from collega.accept.study import CLASSES
from collega.accept.visit import Visit
from collega.model.code import Text
from collega.model.delivery import SendOutcome, SendReport


def store(visit: Visit) -> Found:
    """Send the image, the report in the form that is taken, the status page, the segmentation."""
    report = "sr" if visit.offers(CLASSES["sr"]) else "sr_2d"
    began = time.monotonic()
    _send(visit, [kind for kind in ("image", report, "page", "segmentation") if visit.offers(CLASSES[kind])])
    if _refused(visit, "sr") and visit.offers(CLASSES["sr_2d"]):
        _send(visit, ["sr_2d"])
    seconds = time.monotonic() - began
    said = ", ".join(f"{NAMES[kind].en}: {report.detail}" for kind, report in visit.reports.items())
    told = Text(en=said, nl=", ".join(f"{NAMES[kind].nl}: {item.detail}" for kind, item in visit.reports.items()))
    measured = f"{len(visit.stored)} / {len(visit.reports)}, {seconds:.1f} s"
    taken = {piece.kind for piece in visit.stored}
    if not {"image", "page"} <= taken:
        advice = Text(
            en="Show these statuses to the PACS administrator: collega must be allowed to store, and to add series.",
            nl="Laat deze statussen aan de PACS-beheerder zien: collega moet mogen opslaan en series toevoegen.",
        )
        return fail(told, advice, measured)
    if not {"sr", "sr_2d"} & taken or "segmentation" not in taken:
        advice = Text(
            en="Not every form is taken: results stand on the status page, which every viewer shows.",
            nl="Niet elke vorm wordt aangenomen: uitslagen staan op de statuspagina, die elke viewer toont.",
        )
        return warn(told, advice, measured)
    return passed(told.en, told.nl, measured)


def _send(visit: Visit, kinds: Sequence[str]) -> None:
    reports: Sequence[SendReport] = visit.pacs.store([visit.pieces[kind].content for kind in kinds])
    visit.reports.update(zip(kinds, reports, strict=True))


def _refused(visit: Visit, kind: str) -> bool:
    report = visit.reports.get(kind)
    return report is not None and report.outcome is SendOutcome.REFUSED

"""Steps that take the test patient back, and look whether it is gone."""

import time

from collega.accept.findings import Found, not_offered, passed, warn
from collega.accept.showing import LEVELS, POLL_S, PROMPT_S, shown
from collega.accept.study import CLASSES, take_back
from collega.accept.visit import Visit
from collega.model.acceptance import StepOutcome
from collega.model.code import Text
from collega.model.delivery import SendOutcome, SendReport

FOR_PEOPLE = Text(
    en="For people to look at it: collega site check --leave.",
    nl="Om mensen te laten kijken: collega site check --leave.",
)
STANDS = Text(en="left standing for people to look at", nl="blijft staan zodat mensen kunnen kijken")


def withdraw(visit: Visit) -> Found:
    """Send a rejection note over everything that may stand in the PACS."""
    if visit.leave:
        return _left()
    if not visit.offers(CLASSES["note"]):
        return not_offered(
            Text(en="the PACS takes no rejection notes", nl="het PACS neemt geen afkeurnotities aan"),
            Text(en="Leave pacs.rejection_notes off.", nl="Laat pacs.rejection_notes uit."),
        )
    note = take_back(visit.names, visit.references)
    (report,) = visit.pacs.store([note.content])
    if report.outcome is not SendOutcome.ACCEPTED:
        return warn(
            Text(en=f"not taken: {report.detail}", nl=f"niet aangenomen: {report.detail}"),
            Text(en="Leave pacs.rejection_notes off.", nl="Laat pacs.rejection_notes uit."),
        )
    return passed(f"taken: {report.detail}", f"aangenomen: {report.detail}")


def gone(visit: Visit) -> Found:
    """Ask whether the objects are still shown."""
    if visit.leave:
        return _left()
    by_hand = Text(
        en=f"Remove the test patient by hand: accession number {visit.names.accession_number}, "
        f"patient ID {visit.names.patient_id}.",
        nl=f"Verwijder de testpatiënt met de hand: accession number {visit.names.accession_number}, "
        f"patiëntnummer {visit.names.patient_id}.",
    )
    if not visit.shown_at:
        return not_offered(Text(en="cannot be seen by query", nl="niet te zien met een zoekvraag"), by_hand)
    began = time.monotonic()
    left = shown(visit, visit.shown_at) or frozenset()
    while left and time.monotonic() - began < min(visit.wait_s, PROMPT_S):
        time.sleep(POLL_S)
        left = shown(visit, visit.shown_at) or frozenset()
    measured = f"{len(visit.attempted) - len(left)} / {len(visit.attempted)}"
    if left:
        return warn(Text(en="still shown", nl="wordt nog getoond"), by_hand, measured)
    visit.hides = True
    said = Text(en="no longer shown", nl="wordt niet meer getoond")
    return Found(outcome=StepOutcome.PASSED, said=said, measured=measured, advice=FOR_PEOPLE)


def find_again(visit: Visit) -> Found:
    """Look which objects of an earlier run are still shown; where no query is possible, all may be."""
    every = {kind: _as_sent(piece.reference.sop_instance_uid) for kind, piece in visit.pieces.items()}
    visit.reports = dict(every)
    for level in reversed(LEVELS):
        found = shown(visit, level)
        if found is not None:
            visit.shown_at = level
            visit.reports = {kind: every[kind] for kind in sorted(found)}
            said = f"{len(found)} / {len(every)}"
            return passed(f"shown at level {level.lower()}", f"getoond op niveau {level.lower()}", said)
    return not_offered(
        Text(
            en="cannot be seen by query: all is taken back",
            nl="niet te zien bij zoeken: alles wordt ingetrokken",
        ),
        Text(en="Look by accession number in the PACS.", nl="Zoek in het PACS op accession number."),
    )


def _as_sent(uid: str) -> SendReport:
    return SendReport(sop_instance_uid=uid, outcome=SendOutcome.LATER, status=None, detail="sent by an earlier run")


def _left() -> Found:
    advice = Text(en="Afterwards: collega site take-back.", nl="Daarna: collega site take-back.")
    return Found(outcome=StepOutcome.NOT_TRIED, said=STANDS, advice=advice)

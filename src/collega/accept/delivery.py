"""Steps that send the test patient's objects, find them again, and take them back."""

import time
from collections.abc import Callable, Sequence

from collega.accept.findings import Found, fail, not_offered, passed, warn
from collega.accept.meeting import NAMES, STORAGE_COMMITMENT, STUDY_ROOT_FIND
from collega.accept.study import CLASSES, PATIENT_NAME, Piece, take_back
from collega.accept.visit import Visit
from collega.errors import ConfigurationError
from collega.formats.acceptance_image import STUDY_DESCRIPTION
from collega.model.code import Text
from collega.model.delivery import SendOutcome, SendReport

PROMPT_S = 5.0
POLL_S = 0.2
KEEP_OPEN_S = 2.0
SUCCESS = 0x0000
LEVELS = ("STUDY", "SERIES", "IMAGE")
PATIENT_KEYS = ("PatientName", "PatientID", "AccessionNumber", "StudyDescription")


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


def visible(visit: Visit) -> Found:
    """Ask at each level until everything that was taken is shown."""
    if not visit.offers(STUDY_ROOT_FIND):
        return _no_query()
    began = time.monotonic()
    seconds: dict[str, float] = {}
    refused: list[str] = []
    while len(seconds) + len(refused) < len(LEVELS) and time.monotonic() - began < visit.wait_s:
        for level in LEVELS:
            if level in seconds or level in refused:
                continue
            shown = _shown(visit, level)
            if shown is None:
                refused.append(level)
            elif len(shown) == len(visit.stored):
                seconds[level] = time.monotonic() - began
        if len(seconds) + len(refused) < len(LEVELS):
            time.sleep(POLL_S)
    visit.shown_at = next((level for level in reversed(LEVELS) if level in seconds), "")
    measured = ", ".join(f"{level.lower()} {seconds[level]:.1f} s" for level in LEVELS if level in seconds)
    return _judged(visit, seconds, refused, measured)


def _judged(visit: Visit, seconds: dict[str, float], refused: Sequence[str], measured: str) -> Found:
    late = [level for level in LEVELS if level not in seconds and level not in refused]
    if len(refused) == len(LEVELS):
        return _no_query()
    if late:
        levels = ", ".join(level.lower() for level in late)
        return fail(
            Text(
                en=f"not shown within {visit.wait_s:.0f} s at level {levels}, although each was answered with success",
                nl=f"niet getoond binnen {visit.wait_s:.0f} s op niveau {levels}, hoewel alles was geaccepteerd",
            ),
            Text(
                en="Check again with a longer --wait; ask the PACS administrator where new objects go.",
                nl="Controleer opnieuw met een langere --wait; vraag de PACS-beheerder waar nieuwe objecten blijven.",
            ),
            measured,
        )
    if refused:
        levels = ", ".join(level.lower() for level in refused)
        return warn(
            Text(en=f"shown; no query at level {levels}", nl=f"getoond; niet te vragen op niveau {levels}"),
            Text(en='pacs.query_level = "series" fits this PACS.', nl='pacs.query_level = "series" past hierbij.'),
            measured,
        )
    if max(seconds.values()) > PROMPT_S:
        return warn(
            Text(en="shown, but late", nl="getoond, maar laat"),
            Text(
                en="Results reach readers that much later; ask the PACS administrator whether it can be sooner.",
                nl="Uitslagen bereiken lezers zoveel later; vraag de PACS-beheerder of het eerder kan.",
            ),
            measured,
        )
    return passed("everything is shown", "alles wordt getoond", measured)


def identity(visit: Visit) -> Found:
    """Compare what the PACS shows of the patient with what was sent, and read what it said at storing."""
    coerced = [report.detail for report in visit.reports.values() if report.status not in {SUCCESS, None}]
    if not visit.shown_at:
        return not_offered(
            Text(en="cannot be compared without a query", nl="niet te vergelijken zonder zoekvraag"),
            Text(en="Look at the test patient in the PACS.", nl="Bekijk de testpatiënt in het PACS."),
        )
    expected = {
        "PatientName": PATIENT_NAME,
        "PatientID": visit.names.patient_id,
        "AccessionNumber": visit.names.accession_number,
        "StudyDescription": STUDY_DESCRIPTION,
    }
    study = visit.stored[0].reference.study_instance_uid
    rows = visit.pacs.find("STUDY", {"StudyInstanceUID": study}, PATIENT_KEYS) or []
    series = visit.pacs.find("SERIES", {"StudyInstanceUID": study}, ("SeriesInstanceUID", "SeriesDescription")) or []
    changed = [
        f"{keyword} {value!r} -> {row[keyword]!r}"
        for row in rows
        for keyword, value in expected.items()
        if row[keyword] and row[keyword].rstrip("^") != value
    ]
    described = {row["SeriesInstanceUID"]: row["SeriesDescription"] for row in series}
    changed += [
        f"SeriesDescription {piece.description!r} -> {said!r}"
        for piece in visit.stored
        if (said := described.get(piece.reference.series_instance_uid)) and said != piece.description
    ]
    measured = f"{len(expected) + len(visit.stored) - len(changed)} / {len(expected) + len(visit.stored)}"
    if not changed and not coerced:
        return passed(
            "patient, accession, descriptions and é as sent", "patiënt, accession, namen en ë als gestuurd", measured
        )
    listed = "; ".join([*changed, *coerced])
    return warn(
        Text(en=f"changed by the PACS: {listed}", nl=f"door het PACS veranderd: {listed}"),
        Text(
            en="Ask the PACS administrator whether results of real patients are changed in the same way, and why.",
            nl="Vraag de PACS-beheerder of uitslagen van echte patiënten ook zo worden veranderd, en waarom.",
        ),
        measured,
    )


def commitment(visit: Visit) -> Found:
    """Ask the PACS to commit to keep what it took, and wait for its report."""
    if not visit.offers(STORAGE_COMMITMENT):
        return not_offered(
            Text(en="the PACS offers no storage commitment", nl="het PACS biedt geen storage commitment"),
            Text(
                en='Nothing to do: pacs.confirm = "visible" needs none.',
                nl='Niets nodig: pacs.confirm = "visible" heeft het niet nodig.',
            ),
        )
    try:
        with visit.ear.listening() as listener:
            return _committed(visit, listener)
    except ConfigurationError as error:
        return warn(
            Text(en=f"cannot listen for the report: {error}", nl=f"kan niet op het bericht wachten: {error}"),
            Text(
                en="Start collega serve on this database and check again.",
                nl="Start collega serve op deze database en controleer opnieuw.",
            ),
        )


def _committed(visit: Visit, listener: str) -> Found:
    wanted = {reference.sop_instance_uid for reference in visit.references}
    began = time.monotonic()
    answer = visit.pacs.ask_commitment(
        visit.references,
        keep_open_s=min(KEEP_OPEN_S, visit.wait_s),
        heard=lambda: wanted <= frozenset.union(*visit.ear.heard()),
    )
    if answer.status != SUCCESS:
        status = "-" if answer.status is None else f"{answer.status:04X}"
        return warn(
            Text(en=f"the PACS refuses: status {status}", nl=f"het PACS weigert: status {status}"),
            _tell_pacs(visit),
        )
    done, failed = set(answer.done), set(answer.failed)
    same = bool(done or failed)
    while not wanted <= done | failed and time.monotonic() - began < visit.wait_s:
        time.sleep(POLL_S)
        heard_done, heard_failed = visit.ear.heard()
        done |= heard_done
        failed |= heard_failed
    measured = f"{len(wanted & done)} / {len(wanted)}, {time.monotonic() - began:.1f} s"
    if wanted & failed:
        return fail(
            Text(en="the PACS does not commit to all", nl="het PACS zegt niet voor alles toe"),
            Text(en="Show this to the PACS administrator.", nl="Laat dit aan de PACS-beheerder zien."),
            measured,
        )
    if not wanted <= done:
        said = Text(
            en=f"asked, but no report within {visit.wait_s:.0f} s ({listener})",
            nl=f"gevraagd, maar geen bericht binnen {visit.wait_s:.0f} s ({listener})",
        )
        return warn(said, _tell_pacs(visit), measured)
    visit.committed = True
    where = "on the same association" if same else f"to our port ({listener})"
    waar = "op dezelfde associatie" if same else f"op onze poort ({listener})"
    return passed(f"committed, reported {where}", f"toegezegd, bericht {waar}", measured)


def _tell_pacs(visit: Visit) -> Text:
    own, host, port = visit.arranged.calling_aet, visit.machine.name, visit.arranged.dicom_port
    return Text(
        en=f"Ask the PACS administrator to send commitment reports to {own} at {host}, port {port}.",
        nl=f"Vraag de PACS-beheerder commitment-berichten naar {own} op {host}, poort {port}, te sturen.",
    )


def withdraw(visit: Visit) -> Found:
    """Send a rejection note over everything that was taken."""
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
    by_hand = Text(
        en=f"Remove the test patient by hand: accession number {visit.names.accession_number}, "
        f"patient ID {visit.names.patient_id}.",
        nl=f"Verwijder de testpatiënt met de hand: accession number {visit.names.accession_number}, "
        f"patiëntnummer {visit.names.patient_id}.",
    )
    if not visit.shown_at:
        return not_offered(Text(en="cannot be seen without a query", nl="niet te zien zonder zoekvraag"), by_hand)
    began = time.monotonic()
    left = _shown(visit, visit.shown_at) or frozenset()
    while left and time.monotonic() - began < min(visit.wait_s, PROMPT_S):
        time.sleep(POLL_S)
        left = _shown(visit, visit.shown_at) or frozenset()
    measured = f"{len(visit.stored) - len(left)} / {len(visit.stored)}"
    if left:
        return warn(Text(en="still shown", nl="wordt nog getoond"), by_hand, measured)
    visit.hides = True
    return passed("no longer shown", "wordt niet meer getoond", measured)


def _send(visit: Visit, kinds: Sequence[str]) -> None:
    reports: Sequence[SendReport] = visit.pacs.store([visit.pieces[kind].content for kind in kinds])
    visit.reports.update(zip(kinds, reports, strict=True))


def _refused(visit: Visit, kind: str) -> bool:
    report = visit.reports.get(kind)
    return report is not None and report.outcome is SendOutcome.REFUSED


def _shown(visit: Visit, level: str) -> frozenset[str] | None:
    """Kinds of the objects that a query at this level shows; None where there is no such query."""
    by_level: dict[str, Callable[[Piece], tuple[dict[str, str], str]]] = {
        "STUDY": lambda piece: ({"StudyInstanceUID": piece.reference.study_instance_uid}, "StudyInstanceUID"),
        "SERIES": lambda piece: (
            {
                "StudyInstanceUID": piece.reference.study_instance_uid,
                "SeriesInstanceUID": piece.reference.series_instance_uid,
            },
            "SeriesInstanceUID",
        ),
        "IMAGE": lambda piece: (
            {
                "StudyInstanceUID": piece.reference.study_instance_uid,
                "SeriesInstanceUID": piece.reference.series_instance_uid,
                "SOPInstanceUID": piece.reference.sop_instance_uid,
            },
            "SOPInstanceUID",
        ),
    }
    shown = set()
    for piece in visit.stored:
        keys, keyword = by_level[level](piece)
        rows = visit.pacs.find(level, keys, ())
        if rows is None:
            return None
        # A PACS that ignores a key answers with everything.
        if any(row.get(keyword) == keys[keyword] for row in rows):
            shown.add(piece.kind)
    return frozenset(shown)


def _no_query() -> Found:
    return not_offered(
        Text(en="the PACS offers or allows no query", nl="het PACS biedt geen zoekvraag of staat hem niet toe"),
        Text(
            en="Ask the PACS administrator to allow C-FIND by collega: without it arrival is not proved by looking.",
            nl="Vraag de PACS-beheerder C-FIND door collega toe te staan: zonder is aankomst niet te bewijzen.",
        ),
    )

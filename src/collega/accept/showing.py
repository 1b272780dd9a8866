"""Steps that look whether the PACS shows what it took, and shows it as it was sent."""

import time
from collections.abc import Callable, Sequence

from collega.accept.findings import Found, fail, not_offered, passed, warn
from collega.accept.meeting import STUDY_ROOT_FIND
from collega.accept.study import PATIENT_NAME, Piece
from collega.accept.visit import Visit
from collega.formats.acceptance_image import STUDY_DESCRIPTION
from collega.model.code import Text

PROMPT_S = 5.0
POLL_S = 0.2
SUCCESS = 0x0000
LEVELS = ("STUDY", "SERIES", "IMAGE")
LATE = (
    Text(en="shown late", nl="laat getoond"),
    Text(
        en="Results reach readers that much later; ask the PACS administrator whether it can be sooner.",
        nl="Uitslagen bereiken lezers zoveel later; vraag de PACS-beheerder of het eerder kan.",
    ),
)
PATIENT_KEYS = ("PatientName", "PatientID", "AccessionNumber", "StudyDescription")


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
            found = shown(visit, level)
            if found is None:
                refused.append(level)
            elif len(found) == len(visit.attempted):
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
    concerns = [*(_no_level(refused) if refused else ()), *(LATE if max(seconds.values()) > PROMPT_S else ())]
    if concerns:
        said, advice = concerns[::2], concerns[1::2]
        return warn(_joined(said, "; "), _joined(advice, " "), measured)
    return passed("everything is shown", "alles wordt getoond", measured)


def _no_level(refused: Sequence[str]) -> tuple[Text, Text]:
    levels = ", ".join(level.lower() for level in refused)
    return (
        Text(en=f"shown; no query at level {levels}", nl=f"getoond; niet te vragen op niveau {levels}"),
        Text(en='pacs.query_level = "series" fits this PACS.', nl='pacs.query_level = "series" past hierbij.'),
    )


def _joined(texts: Sequence[Text], between: str) -> Text:
    return Text(en=between.join(text.en for text in texts), nl=between.join(text.nl for text in texts))


def identity(visit: Visit) -> Found:
    """Compare what the PACS shows of the patient with what was sent, and read what it said at storing."""
    coerced = sorted({report.detail for report in visit.reports.values() if report.status not in {SUCCESS, None}})
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
    study = visit.attempted[0].reference.study_instance_uid
    rows = visit.pacs.find("STUDY", {"StudyInstanceUID": study}, PATIENT_KEYS) or []
    series = visit.pacs.find("SERIES", {"StudyInstanceUID": study}, ("SeriesInstanceUID", "SeriesDescription")) or []
    changed = [
        f"{keyword} {value!r} -> {row[keyword]!r}"
        for row in rows
        if row["StudyInstanceUID"] == study  # a PACS that ignores the key would show us real patients
        for keyword, value in expected.items()
        if row[keyword] and row[keyword].rstrip("^") != value
    ]
    described = {row["SeriesInstanceUID"]: row["SeriesDescription"] for row in series}
    changed += [
        f"SeriesDescription {piece.description!r} -> {said!r}"
        for piece in visit.attempted
        if (said := described.get(piece.reference.series_instance_uid)) and said != piece.description
    ]
    count = len(expected) + len(visit.attempted)
    measured = f"{count - len(changed)} / {count}"
    if not changed and not coerced:
        return passed(
            "patient, accession, descriptions and ë as sent", "patiënt, accession, namen en ë als gestuurd", measured
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


def shown(visit: Visit, level: str) -> frozenset[str] | None:
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
    found = set()
    for piece in visit.attempted:
        keys, keyword = by_level[level](piece)
        rows = visit.pacs.find(level, keys, ())
        if rows is None:
            return None
        # A PACS that ignores a key answers with everything.
        if any(row.get(keyword) == keys[keyword] for row in rows):
            found.add(piece.kind)
    return frozenset(found)


def _no_query() -> Found:
    return not_offered(
        Text(en="the PACS offers or allows no query", nl="het PACS biedt geen zoekvraag of staat hem niet toe"),
        Text(
            en="Ask the PACS administrator to allow C-FIND by collega: without it arrival is not proved by looking.",
            nl="Vraag de PACS-beheerder C-FIND door collega toe te staan: zonder is aankomst niet te bewijzen.",
        ),
    )

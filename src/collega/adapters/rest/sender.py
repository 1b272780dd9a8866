"""The way to a PACS over DICOMweb: STOW-RS as the files stand, then proof of arrival by QIDO-RS, on one connection.

====================  ==========================================================================================
status of STOW-RS     what it means (PS3.18 table 10.5.3-1)
====================  ==========================================================================================
200, 202              each object as the list in the answer says; one that is not named: as a query shows
400, 409, 413, ...    the same; each object that is not named goes alone, and what is refused alone is refused
500                   the PACS has failed over something in it: each goes alone, and what fails alone comes later
all others            the PACS is not there, or does not let us in: everything comes later
====================  ==========================================================================================
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from collega.adapters.rest.ask import JSON, find
from collega.adapters.rest.line import Reply, WebLine, WebServer
from collega.adapters.rest.stow import body, groups
from collega.errors import PeerError
from collega.formats.dicom_stow import ACCEPT, Word, read_answer
from collega.model.delivery import Exchange, Parcel, SendOutcome, SendReport
from collega.model.result import ObjectReference
from collega.model.store_status import outcome_of

INDEX_SECONDS = 0.15
NO_REASON = 0x0110  # PS3.7 C.5.13 processing failure
STORED = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED})
TOLD = STORED | {HTTPStatus.CONFLICT}
REFUSED = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
# No such query, or not for us: the PACS is asked at another level, or its word is taken.
NO_QUERY = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
Reports = dict[str, SendReport]


@dataclass(frozen=True, kw_only=True, slots=True)
class WebProof:
    """What a PACS is asked for proof: whether by query, and from which level on (``image`` or ``series``)."""

    confirm: str
    query_level: str


class WebSender:
    """Sends to one PACS; see `collega.ports.peers.ResultSink`.

    Parameters
    ----------
    server : WebServer
    proof : WebProof
    """

    def __init__(self, server: WebServer, proof: WebProof) -> None:
        self._server = server
        self._proof = proof

    def exchange(self, store: Sequence[Parcel], ask: Sequence[ObjectReference]) -> Exchange:
        """Send, then ask."""
        with self._server.line() as line:
            reports = self._send_all(line, store)
            if self._proof.confirm != "visible":
                return Exchange(reports=reports)
            accepted = [item.reference for item in store if _is_accepted(reports, item)]
            try:
                return self._asked(line, reports, accepted, ask)
            except PeerError:
                # What was sent is not forgotten because nobody can be asked now.
                if not reports:
                    raise
                return Exchange(reports=reports)

    def _asked(
        self, line: WebLine, reports: Reports, accepted: Sequence[ObjectReference], ask: Sequence[ObjectReference]
    ) -> Exchange:
        visible, note = self._look_up(line, [*accepted, *ask])
        late = [reference for reference in accepted if reference.sop_instance_uid not in visible]
        if late and not note:
            # Many a PACS answers a moment before its index knows the object.
            time.sleep(INDEX_SECONDS)
            visible |= self._look_up(line, late)[0]
        return Exchange(reports=reports, visible=visible, note=note)

    def _send_all(self, line: WebLine, store: Sequence[Parcel]) -> Reports:
        reports: Reports = {}
        try:
            for group in groups(store):
                reports |= self._send(line, group)
        except PeerError:
            if not reports:
                raise
        return reports

    def _send(self, line: WebLine, group: Sequence[Parcel]) -> Reports:
        """Send a group in one body, and where that is taken as a whole or not at all, each of it alone."""
        try:
            with body([item.file for item in group]) as content:
                reply = line.post("studies", content, ACCEPT)
        except OSError as error:
            if len(group) > 1:
                return self._each(line, group)
            detail = f"the kept file cannot be read ({type(error).__name__}): {group[0].file.name}"
            return _all(group, SendOutcome.REFUSED, detail)
        except PeerError as lost:
            if not line.reached:
                raise
            return self._after_silence(line, group, lost)
        return self._judge(line, group, reply)

    def _judge(self, line: WebLine, group: Sequence[Parcel], reply: Reply) -> Reports:
        # A page is never the word of a PACS; only "too large" is said by whatever stands before it.
        if reply.is_page and reply.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise line.unwanted(reply)
        fails = reply.status == HTTPStatus.INTERNAL_SERVER_ERROR
        if not (fails or reply.status in TOLD | REFUSED):
            raise line.unwanted(reply)
        words = {} if fails else words_of(reply)
        reports = {uid: report_of(words[uid]) for item in group if (uid := _uid(item)) in words}
        unnamed = [item for item in group if _uid(item) not in reports]
        if not unnamed:
            return reports
        doubt = f"HTTP {reply.status}, and the answer does not name it"
        if reply.status in STORED:
            return reports | self._shown(line, unnamed, doubt)
        if len(group) > 1:
            # Nothing of these was stored, for the sake of another one perhaps.
            return reports | self._each(line, unnamed)
        return _all(unnamed, SendOutcome.LATER if fails else SendOutcome.REFUSED, f"HTTP {reply.status}")

    def _after_silence(self, line: WebLine, group: Sequence[Parcel], lost: PeerError) -> Reports:
        """Look whether what was sent has come all the same, so that it is not sent twice.

        Raises
        ------
        PeerError
            Nothing of it has, as far as can be seen.
        """
        reports = self._shown(line, group, "no whole answer")
        if all(report.outcome is SendOutcome.LATER for report in reports.values()):
            raise lost
        return reports

    def _shown(self, line: WebLine, parcels: Sequence[Parcel], doubt: str) -> Reports:
        wanted = [item.reference for item in parcels]
        visible, _ = self._look_up(line, wanted)
        if len(visible) < len(wanted):
            time.sleep(INDEX_SECONDS)
            visible |= self._look_up(line, [one for one in wanted if one.sop_instance_uid not in visible])[0]
        here = [item for item in parcels if _uid(item) in visible]
        away = [item for item in parcels if _uid(item) not in visible]
        return _all(here, SendOutcome.ACCEPTED, f"{doubt}; a query shows it") | _all(away, SendOutcome.LATER, doubt)

    def _each(self, line: WebLine, group: Sequence[Parcel]) -> Reports:
        """Send each alone; where the PACS is lost on the way, what was said before counts."""
        reports: Reports = {}
        try:
            for item in group:
                reports |= self._send(line, [item])
        except PeerError:
            if not reports:
                raise
        return reports

    def _look_up(self, line: WebLine, wanted: Sequence[ObjectReference]) -> tuple[frozenset[str], str]:
        visible: set[str] = set()
        level = self._proof.query_level
        for reference in wanted:
            answer = _find(line, reference, level)
            if answer is None and level == "image":
                level = "series"
                answer = _find(line, reference, level)
            if answer is None:
                return frozenset(visible), "the PACS refuses the query"
            if answer:
                visible.add(reference.sop_instance_uid)
        return frozenset(visible), ""


def _find(line: WebLine, reference: ObjectReference, level: str) -> bool | None:
    """Ask for one object: found, not found, or None where the PACS does not answer such a query.

    Each result has a series of its own, so that its series stands for it where a PACS has no
    level of instances.
    """
    place = f"studies/{reference.study_instance_uid}/series"
    key, value = "SeriesInstanceUID", reference.series_instance_uid
    if level == "image":
        place = f"{place}/{reference.series_instance_uid}/instances"
        key, value = "SOPInstanceUID", reference.sop_instance_uid
    reply = line.ask(place, {key: value}, JSON)
    if reply.status in NO_QUERY and not reply.is_page:
        return None
    # A server that ignores a key answers with everything.
    return any(str(answer.get(key, "")) == value for answer in find(line, reply))


def _uid(parcel: Parcel) -> str:
    return parcel.reference.sop_instance_uid


def _is_accepted(reports: Reports, parcel: Parcel) -> bool:
    report = reports.get(_uid(parcel))
    return report is not None and report.outcome is SendOutcome.ACCEPTED


def words_of(reply: Reply) -> Mapping[str, Word]:
    """Read what an answer says of each object; nothing where it holds no such list."""
    try:
        return read_answer(reply.content)
    except PeerError:
        return {}


def report_of(word: Word) -> SendReport:
    """Read the word on one object as the answer to a C-STORE would be read."""
    # A failure without its reason is none that the PACS will take back: it is tried again.
    outcome = SendOutcome.ACCEPTED if word.stored else outcome_of(word.reason or NO_REASON)
    return SendReport(
        sop_instance_uid=word.sop_instance_uid,
        outcome=outcome,
        status=word.reason,
        detail=f"status {word.reason:04X}" if word.reason or word.stored else "failed, without a reason",
    )


def _all(parcels: Sequence[Parcel], outcome: SendOutcome, detail: str) -> Reports:
    return {
        _uid(item): SendReport(sop_instance_uid=_uid(item), outcome=outcome, status=None, detail=detail)
        for item in parcels
    }

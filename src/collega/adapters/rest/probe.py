"""A first meeting with a PACS over DICOMweb: whether it answers, lets us in, takes objects and shows them."""

import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from io import BytesIO
from uuid import uuid4

import pydicom
from pydicom.uid import ExplicitVRLittleEndian

from collega.adapters.rest.ask import JSON, find
from collega.adapters.rest.line import Body, WebServer
from collega.adapters.rest.sender import NO_QUERY, REFUSED, TOLD, report_of, words_of
from collega.errors import PeerError
from collega.formats.dicom_stow import ACCEPT, media_type, part_head, tail
from collega.model.delivery import SendOutcome, SendReport
from collega.model.ids import acceptance_uid
from collega.model.peer import CommitmentAnswer, Fault, Greeting
from collega.model.result import ObjectReference

STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
# What is asked for over DICOM alone.
NOT_OVER_HTTP = frozenset({"1.2.840.10008.1.20.1"})
SUCCESS = 0x0000
PLACES: Mapping[str, str] = {
    "STUDY": "studies",
    "SERIES": "studies/{StudyInstanceUID}/series",
    "IMAGE": "studies/{StudyInstanceUID}/series/{SeriesInstanceUID}/instances",
}


class WebProbe:
    """Asks one PACS; see `collega.ports.peers.PacsProbe`.

    Parameters
    ----------
    server : WebServer
    """

    def __init__(self, server: WebServer) -> None:
        self._server = server

    def greet(self, sop_classes: Sequence[str]) -> Greeting:
        """Connect, and ask for a study that nobody has: there is no negotiation, so every class seems offered."""
        nobody = acceptance_uid("nobody", str(uuid4()))
        with self._server.line() as line:
            began = time.monotonic()
            try:
                line.connect()
                connected = time.monotonic()
                reply = line.ask("studies", {"StudyInstanceUID": nobody, "limit": "1"}, JSON)
                has_query = reply.status not in NO_QUERY or reply.status == HTTPStatus.FORBIDDEN or reply.is_page
                if has_query:
                    find(line, reply)
            except PeerError as error:
                connect_s = time.monotonic() - began if line.reached else None
                return Greeting(fault=line.fault or Fault.NO_SERVICE, detail=str(error), connect_s=connect_s)
        unknown = NOT_OVER_HTTP if has_query else NOT_OVER_HTTP | {STUDY_ROOT_FIND}
        return Greeting(
            accepted={uid: (str(ExplicitVRLittleEndian),) for uid in sop_classes if uid not in unknown},
            echo_status=SUCCESS,
            connect_s=connected - began,
            associate_s=0.0,
            echo_s=time.monotonic() - connected,
            implementation=reply.headers.get("server", ""),
        )

    def store(self, objects: Sequence[bytes]) -> Sequence[SendReport]:
        """Send each object in a body of its own, and read what is answered."""
        return [self._store(content) for content in objects]

    def _store(self, content: bytes) -> SendReport:
        uid = str(pydicom.dcmread(BytesIO(content), specific_tags=["SOPInstanceUID"]).SOPInstanceUID)
        boundary = uuid4().hex
        whole = part_head(boundary) + content + tail(boundary)
        with self._server.line() as line:
            reply = line.post("studies", Body(kind=media_type(boundary), size=len(whole), chunks=iter([whole])), ACCEPT)
            if reply.is_page or reply.status not in TOLD | REFUSED:
                raise line.unwanted(reply)
        word = words_of(reply).get(uid)
        if word is not None:
            return report_of(word)
        outcome = SendOutcome.REFUSED if reply.status in REFUSED else SendOutcome.LATER
        return SendReport(sop_instance_uid=uid, outcome=outcome, status=None, detail=f"HTTP {reply.status}")

    def find(self, level: str, keys: Mapping[str, str], asked: Sequence[str]) -> Sequence[Mapping[str, str]] | None:
        """Query; None where the peer offers or allows no such query."""
        place = PLACES[level]
        in_path = {name for name in keys if f"{{{name}}}" in place}
        query: dict[str, str | list[str]] = {name: value for name, value in keys.items() if name not in in_path}
        if asked:
            query["includefield"] = list(asked)
        with self._server.line() as line:
            reply = line.ask(place.format(**keys), query, JSON)
            if reply.status in NO_QUERY and not reply.is_page:
                return None
            answers = find(line, reply)
        given = {name: keys[name] for name in in_path}
        return [
            {**given, **{name: str(answer.get(name, "") or "") for name in (*query_names(keys, in_path), *asked)}}
            for answer in answers
        ]

    def ask_commitment(
        self, references: Sequence[ObjectReference], *, keep_open_s: float, heard: Callable[[], bool]
    ) -> CommitmentAnswer:
        """Say that it is asked for over DICOM alone."""
        del references, keep_open_s, heard
        return CommitmentAnswer(offered=False)


def query_names(keys: Mapping[str, str], in_path: set[str]) -> list[str]:
    """Name the keys that an answer must show; those in the path need not stand in it."""
    return [name for name in keys if name not in in_path]

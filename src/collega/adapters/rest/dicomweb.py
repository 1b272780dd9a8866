"""Priors by QIDO-RS and WADO-RS (PS3.18 10.6, 10.4)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from zoneinfo import ZoneInfo

from collega.adapters.rest.ask import every
from collega.adapters.rest.line import WebLine, WebServer
from collega.adapters.rest.server import MEGABYTE
from collega.errors import PeerError, QuarantineError
from collega.formats.dicom_prior import SERIES_KEYS, STUDY_KEYS, prior_series, prior_study
from collega.formats.dicom_study import DERIVED_MODALITIES, read_header
from collega.model.coverage import PacsSeries
from collega.model.ids import storage_key
from collega.model.inputs import Brought, PriorStudy, Why
from collega.model.study import InstanceHeader, Patient

# Whatever its encoding, as the archive has it.
OBJECT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
MOST_STUDIES = 500
UID = re.compile(r"[0-9.]{1,64}")


class WebPriors:
    """Looks back in one archive; see `collega.ports.inputs.PriorSource`.

    Parameters
    ----------
    server : WebServer
    zone : ZoneInfo
        Zone of the archive's times.
    most_images : int
        A series of more is left where it is.
    most_mb : int
        Mebibytes of one prior.
    """

    by_receiver = False

    def __init__(self, server: WebServer, zone: ZoneInfo, *, most_images: int, most_mb: int) -> None:
        self._server = server
        self._zone = zone
        self._most_images = most_images
        self._most_bytes = most_mb * MEGABYTE

    def studies_of(self, patient: Patient) -> Sequence[PriorStudy]:
        """List the studies of a patient."""
        query: dict[str, str | list[str]] = {
            "PatientID": patient.patient_id,
            "includefield": [*STUDY_KEYS, "PatientID"],
        }
        with self._server.line() as line:
            answers = every(line, "studies", query, "StudyInstanceUID")
        if len(answers) > MOST_STUDIES:
            message = f"the archive names more than {MOST_STUDIES} studies for one patient; does it ignore the number?"
            raise PeerError(message)
        return [prior_study(answer, self._zone) for answer in answers]

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series with images of studies."""
        found: dict[str, Sequence[PacsSeries]] = {}
        keys: dict[str, str | list[str]] = {"includefield": [*SERIES_KEYS.values(), "NumberOfSeriesRelatedInstances"]}
        with self._server.line() as line:
            for uid in filter(UID.fullmatch, study_instance_uids):
                answers = every(line, f"studies/{uid}/series", keys, "SeriesInstanceUID")
                told = [prior_series(answer) for answer in answers]
                if told:
                    found[uid] = [one for one in told if one.attributes["modality"] not in DERIVED_MODALITIES]
        return found

    def bring(self, study_instance_uid: str, series_instance_uids: Sequence[str], folder: Path) -> Brought:
        """Get each object into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        files: list[tuple[str, InstanceHeader]] = []
        size = 0
        with self._server.line() as line:
            for place, uid in self._named(line, study_instance_uid, series_instance_uids):
                if len(files) == self._most_images:
                    return Brought(problem=Why.TOO_LARGE)
                content = self._object(line, f"{place}/{uid}")
                size += len(content)
                if size > self._most_bytes:
                    return Brought(problem=Why.TOO_LARGE)
                header = self._header(content)
                name = f"{storage_key(header.sop_instance_uid)}.dcm"
                (folder / name).write_bytes(content)
                files.append((name, header))
        return Brought(files=tuple(files), problem="" if files else "the archive names no objects of it")

    def _named(self, line: WebLine, study: str, series: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Name every object of some series: where it is, and its UID."""
        for one in filter(UID.fullmatch, series):
            place = f"studies/{study}/series/{one}/instances"
            for answer in every(line, place, {}, "SOPInstanceUID"):
                if UID.fullmatch(uid := str(answer.get("SOPInstanceUID") or "")):
                    yield place, uid

    def _object(self, line: WebLine, path: str) -> bytes:
        """Get one object: the only part of a multipart answer (RFC 2046 5.1), or the answer itself."""
        reply = line.ask(path, {}, OBJECT)
        if reply.status != HTTPStatus.OK or reply.is_page:
            raise line.unwanted(reply)
        kind, content = reply.kind, reply.content
        if not kind.lower().startswith("multipart/"):
            return content
        boundary = BOUNDARY.search(kind)
        mark = b"--" + boundary.group(1).encode() if boundary else b"\r\n"
        begin = content.find(b"\r\n\r\n", content.find(mark))
        end = content.rfind(b"\r\n" + mark)
        if boundary is None or begin < 0 or end < begin:
            message = "the archive's answer is no whole multipart message"
            raise PeerError(message)
        return content[begin + 4 : end]

    def _header(self, content: bytes) -> InstanceHeader:
        try:
            return read_header(content, self._zone)
        except QuarantineError as error:
            raise PeerError(str(error)) from None

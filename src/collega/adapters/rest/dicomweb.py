"""Priors by QIDO-RS and WADO-RS (PS3.18 10.6, 10.4)."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset

from collega.adapters.rest.client import MEGABYTE, RestClient
from collega.errors import PeerError, QuarantineError
from collega.formats.dicom_prior import SERIES_KEYS, STUDY_KEYS, prior_series, prior_study
from collega.formats.dicom_study import DERIVED_MODALITIES, UNREADABLE, read_header
from collega.model.coverage import PacsSeries
from collega.model.ids import storage_key
from collega.model.inputs import Brought, PriorStudy, Why
from collega.model.study import InstanceHeader, Patient

JSON = "application/dicom+json"
# Whatever its encoding, as the archive has it.
OBJECT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
MOST_STUDIES = 500
UID = re.compile(r"[0-9.]{1,64}")


class WebPriors:
    """Looks back in one archive; see `collega.ports.inputs.PriorSource`.

    Parameters
    ----------
    client : RestClient
    zone : ZoneInfo
        Zone of the archive's times.
    most_images : int
        A series of more is left where it is.
    most_mb : int
        Mebibytes of one prior.
    """

    by_receiver = False

    def __init__(self, client: RestClient, zone: ZoneInfo, *, most_images: int, most_mb: int) -> None:
        self._client = client
        self._zone = zone
        self._most_images = most_images
        self._most_bytes = most_mb * MEGABYTE

    def studies_of(self, patient: Patient) -> Sequence[PriorStudy]:
        """List the studies of a patient."""
        query: dict[str, str | list[str]] = {
            "PatientID": patient.patient_id,
            "includefield": [*STUDY_KEYS, "PatientID"],
            "limit": str(MOST_STUDIES + 1),
        }
        answers = self._find("studies", query)
        if len(answers) > MOST_STUDIES:
            message = f"the archive names more than {MOST_STUDIES} studies for one patient; does it ignore the number?"
            raise PeerError(message)
        return [prior_study(answer, self._zone) for answer in answers]

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series with images of studies."""
        found: dict[str, Sequence[PacsSeries]] = {}
        keys: dict[str, str | list[str]] = {"includefield": [*SERIES_KEYS.values(), "NumberOfSeriesRelatedInstances"]}
        for uid in filter(UID.fullmatch, study_instance_uids):
            told = [prior_series(answer) for answer in self._find(f"studies/{uid}/series", keys)]
            if told:
                found[uid] = [one for one in told if one.attributes["modality"] not in DERIVED_MODALITIES]
        return found

    def bring(self, study_instance_uid: str, series_instance_uids: Sequence[str], folder: Path) -> Brought:
        """Get each object into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        files: list[tuple[str, InstanceHeader]] = []
        size = 0
        for series in filter(UID.fullmatch, series_instance_uids):
            place = f"studies/{study_instance_uid}/series/{series}/instances"
            objects = self._find(place, {"limit": str(self._most_images + 1)})
            if len(files) + len(objects) > self._most_images:
                return Brought(problem=Why.TOO_LARGE)
            for uid in filter(UID.fullmatch, (str(answer.get("SOPInstanceUID") or "") for answer in objects)):
                content = self._object(f"{place}/{uid}")
                size += len(content)
                if size > self._most_bytes:
                    return Brought(problem=Why.TOO_LARGE)
                header = self._header(content)
                name = f"{storage_key(header.sop_instance_uid)}.dcm"
                (folder / name).write_bytes(content)
                files.append((name, header))
        return Brought(files=tuple(files), problem="" if files else "the archive names no objects of it")

    def _find(self, path: str, query: Mapping[str, str | list[str]]) -> list[Dataset]:
        answers: Any = self._client.json(self._client.address(path, query), JSON)
        try:
            return [Dataset.from_json(answer) for answer in answers]
        except UNREADABLE as error:
            message = f"the archive's answer is no DICOM JSON ({type(error).__name__})"
            raise PeerError(message) from None

    def _object(self, path: str) -> bytes:
        """Get one object: the only part of a multipart answer (RFC 2046 5.1), or the answer itself."""
        kind, content = self._client.get(self._client.address(path), OBJECT)
        if not kind.lower().startswith("multipart/"):
            return content
        boundary = BOUNDARY.search(kind)
        line = b"--" + boundary.group(1).encode() if boundary else b"\r\n"
        begin = content.find(b"\r\n\r\n", content.find(line))
        end = content.rfind(b"\r\n" + line)
        if boundary is None or begin < 0 or end < begin:
            message = "the archive's answer is no whole multipart message"
            raise PeerError(message)
        return content[begin + 4 : end]

    def _header(self, content: bytes) -> InstanceHeader:
        try:
            return read_header(content, self._zone)
        except QuarantineError as error:
            raise PeerError(str(error)) from None

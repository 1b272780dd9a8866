"""An archive and a server of records in memory: they answer what they were given, and fail as they are told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from collega.errors import PeerError
from collega.model.code import Code
from collega.model.coverage import PacsSeries
from collega.model.inputs import Brought, Observed, PriorStudy, Reported, Told, Why
from collega.model.study import InstanceHeader, Patient


class FakePriors:
    """See `collega.ports.inputs.PriorSource`.

    Parameters
    ----------
    images : sequence of InstanceHeader
        What it holds; what it says of studies and series follows from them.
    arrive : callable, optional
        Takes each image that it sends to our receiver; without it, images are put into a folder.
    """

    def __init__(
        self, images: Sequence[InstanceHeader], arrive: Callable[[InstanceHeader], None] | None = None
    ) -> None:
        self.images = list(images)
        self._arrive = arrive
        self.is_away = False
        self.problem = ""
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    @property
    def by_receiver(self) -> bool:
        """Whether what is asked for comes to our own receiver."""
        return self._arrive is not None

    def studies_of(self, patient: Patient) -> Sequence[PriorStudy]:
        """List the studies under a number, whoever it belongs to."""
        self._answer()
        found = {one.study_instance_uid: one for one in self.images if one.patient.patient_id == patient.patient_id}
        return [
            PriorStudy(
                study_instance_uid=uid,
                patient=one.patient,
                study_date=one.study_date,
                study_at=one.study_at,
                description=one.study_description,
                modalities=(str(one.attributes["modality"]),),
            )
            for uid, one in found.items()
        ]

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series of studies."""
        self._answer()
        found: dict[str, dict[str, list[InstanceHeader]]] = {}
        for one in self.images:
            if one.study_instance_uid in study_instance_uids:
                found.setdefault(one.study_instance_uid, {}).setdefault(one.series_instance_uid, []).append(one)
        return {
            study: [
                PacsSeries(series_instance_uid=uid, attributes=images[0].attributes, instances=len(images))
                for uid, images in series.items()
            ]
            for study, series in found.items()
        }

    def bring(self, study_instance_uid: str, series_instance_uids: Sequence[str], folder: Path) -> Brought:
        """Send, or write."""
        self._answer()
        self.asked.append((study_instance_uid, tuple(series_instance_uids)))
        if self.problem:
            return Brought(problem=self.problem)
        wanted = [
            one
            for one in self.images
            if one.study_instance_uid == study_instance_uid
            and (not series_instance_uids or one.series_instance_uid in series_instance_uids)
        ]
        if self._arrive is not None:
            for one in wanted:
                self._arrive(one)
            return Brought(expected=len(wanted))
        folder.mkdir(parents=True, exist_ok=True)
        for one in wanted:
            (folder / one.sop_instance_uid).write_bytes(b"DICOM")
        return Brought(files=tuple((one.sop_instance_uid, one) for one in wanted))

    def _answer(self) -> None:
        if self.is_away:
            message = "the archive is away"
            raise PeerError(message)


class FakeRecords:
    """See `collega.ports.inputs.Records`; ``why`` is answered in the place of everything."""

    def __init__(self, values: Sequence[Observed] = (), texts: Sequence[Reported] = ()) -> None:
        self.values = list(values)
        self.texts = list(texts)
        self.why: Why | None = None
        self.is_away = False
        self.count = 0

    def observations(self, patient: Patient, codes: Sequence[Code], since: datetime | None) -> Told[Observed]:
        """List results."""
        self._answer(patient)
        known = {(code.scheme, code.value) for code in codes}
        found = [
            one
            for one in self.values
            if (one.code.scheme, one.code.value) in known and (since is None or one.at >= since)
        ]
        return Told(why=self.why) if self.why else Told(items=tuple(found))

    def reports(self, patient: Patient, since: datetime | None) -> Told[Reported]:
        """List reports."""
        self._answer(patient)
        found = [one for one in self.texts if since is None or one.at >= since]
        return Told(why=self.why) if self.why else Told(items=tuple(found))

    def _answer(self, patient: Patient) -> None:
        self.count += 1
        if self.is_away or not patient.patient_id:
            message = "the server of records is away"
            raise PeerError(message)

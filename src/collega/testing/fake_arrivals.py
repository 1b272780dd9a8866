"""The receiver's part of the store in memory: patients, studies, objects, quarantine."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from collega.model.keeping import Kept
from collega.model.study import Instance, InstanceHeader, Priority, Study, StudyState
from collega.testing.fake_memory import Memory


class FakeArrivals:
    """See `collega.ports.line.Arrivals`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def study_by_uid(self, study_instance_uid: str, *, lock: bool = False) -> Study | None:  # noqa: ARG002
        """Find a study; every transaction of the fake runs alone, so that a lock adds nothing."""
        found = self._memory.studies.values()
        return next((study for study in found if study.study_instance_uid == study_instance_uid), None)

    async def study(self, study_key: str, *, lock: bool = False) -> Study | None:  # noqa: ARG002
        """Find a study by its key."""
        return self._memory.studies.get(study_key)

    async def studies_in(self, state: StudyState) -> Sequence[Study]:
        """Studies in one state, oldest first."""
        found = [study for study in self._memory.studies.values() if study.state is state]
        return sorted(found, key=lambda study: study.last_received_at)

    async def instance(self, sop_instance_uid: str) -> Instance | None:
        """Find a stored object."""
        return self._memory.instances.get(sop_instance_uid)

    async def instances(self, study_key: str) -> Sequence[Instance]:
        """Objects of a study in the order of their arrival."""
        found = [item for item in self._memory.instances.values() if item.study_key == study_key]
        return sorted(found, key=lambda item: (item.received_at, item.header.sop_instance_uid))

    async def is_own(self, sop_instance_uid: str) -> bool:
        """Tell whether collega itself built the object of that UID."""
        return sop_instance_uid in self._memory.objects

    async def add_study(self, header: InstanceHeader, key: str, at: datetime) -> Study:
        """Record a study; one that is there already is taken instead."""
        self._memory.studies.setdefault(
            key,
            Study(
                key=key,
                study_instance_uid=header.study_instance_uid,
                patient=header.patient,
                accession_number=header.accession_number,
                study_date=header.study_date,
                study_time=header.study_time,
                description=header.study_description,
                study_at=header.study_at,
                revision=1,
                state=StudyState.RECEIVING,
                last_received_at=at,
                complete_at=None,
            ),
        )
        return self._memory.studies[key]

    async def known_among(self, sop_instance_uids: Sequence[str]) -> Collection[str]:
        """Say which objects are recorded."""
        return self._memory.instances.keys() & set(sop_instance_uids)

    async def uids_of(self, study_key: str) -> Collection[str]:
        """UIDs of a study's objects."""
        return {item.header.sop_instance_uid for item in await self.instances(study_key)}

    async def add_instances(self, instances: Sequence[Instance]) -> None:
        """Record durable objects; a UID counts once."""
        for instance in instances:
            uid = instance.header.sop_instance_uid
            if uid in self._memory.instances or instance.study_key not in self._memory.studies:
                message = f"{uid} is recorded already, or its study is not"
                raise ValueError(message)
            self._memory.instances[uid] = instance

    async def correct_instance(self, instance: Instance) -> None:
        """Replace header and file; when and in which revision it came stays."""
        uid = instance.header.sop_instance_uid
        known = self._memory.instances[uid]
        self._memory.instances[uid] = replace(instance, revision=known.revision, received_at=known.received_at)

    async def touch_study(self, study_key: str, *, revision: int, at: datetime, state: StudyState) -> None:
        """Note an arrival."""
        study = self._memory.studies[study_key]
        self._memory.studies[study_key] = replace(study, revision=revision, last_received_at=at, state=state)
        self._memory.removed.discard((Kept.IMAGES, study_key))

    async def set_priority(self, study_key: str, priority: Priority, source: str) -> None:
        """Record how soon the study is to be read, by its images or by an order."""
        study = self._memory.studies[study_key]
        images = priority if source == "dicom" else study.dicom_priority
        keeps = source == "dicom" and study.priority_source not in {"", "dicom"}
        said, by = (priority, source) if source != "dicom" and priority is not Priority.UNKNOWN else (images, "dicom")
        by = "" if said is Priority.UNKNOWN else by
        if keeps:
            said, by = study.priority, study.priority_source
        self._memory.studies[study_key] = replace(study, dicom_priority=images, priority=said, priority_source=by)

    async def update_identity(self, study_key: str, header: InstanceHeader, at: datetime) -> None:  # noqa: ARG002
        """Take over a corrected description; who the patient is stays."""
        self._memory.met.discard(study_key)
        known = self._memory.studies[study_key].patient
        self._memory.studies[study_key] = replace(
            self._memory.studies[study_key],
            patient=replace(header.patient, issuer=known.issuer, patient_id=known.patient_id),
            accession_number=header.accession_number,
            study_date=header.study_date,
            study_time=header.study_time,
            description=header.study_description,
            study_at=header.study_at,
        )

    async def quarantine(  # noqa: PLR0913 - one row, one call
        self,
        *,
        kind: str,
        code: str,
        text: str,
        at: datetime,
        study_instance_uid: str = "",
        sop_instance_uid: str = "",
        job_key: str | None = None,
        path: str = "",
        source: str = "",
    ) -> None:
        """Keep a record of what was set apart."""
        self._memory.quarantine.append(
            {
                "kind": kind,
                "code": code,
                "text": text,
                "at": at,
                "study_instance_uid": study_instance_uid,
                "sop_instance_uid": sop_instance_uid,
                "job_key": job_key,
                "path": path,
                "source": source,
            }
        )

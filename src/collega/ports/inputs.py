"""What is asked elsewhere for an app: priors, and what other systems know of a patient."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from collega.model.code import Code
from collega.model.coverage import PacsSeries
from collega.model.inputs import Brought, JobInput, Observed, PriorStudy, Reported, Told
from collega.model.job import Job
from collega.model.study import Patient


class PriorSource(Protocol):
    """An archive of earlier studies; each call blocks, and raises `PeerError` where no whole answer came."""

    @property
    def by_receiver(self) -> bool:
        """Whether what is asked for comes to our own receiver."""
        ...

    def studies_of(self, patient: Patient) -> Sequence[PriorStudy]:
        """List the studies of a patient; at most some hundreds, whatever it answers."""
        ...

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series with images of studies; a study for which none are named is left out."""
        ...

    def bring(self, study_instance_uid: str, series_instance_uids: Sequence[str], folder: Path) -> Brought:
        """Have series of a study sent to our receiver, or put into ``folder``; the whole study where none is named."""
        ...


class Records(Protocol):
    """A server of records; each call blocks, and raises `PeerError` where no whole answer came."""

    def observations(self, patient: Patient, codes: Sequence[Code], since: datetime | None) -> Told[Observed]:
        """List results under any of these codes, of whatever status."""
        ...

    def reports(self, patient: Patient, since: datetime | None) -> Told[Reported]:
        """List reports of imaging, of whatever status."""
        ...


class JobInputs(Protocol):
    """What was gathered for jobs; part of a `Store` transaction."""

    async def inputs_of(self, job_key: str) -> Sequence[JobInput]:
        """Read what was gathered for a job, in the order of its manifest; nothing where nothing was yet."""
        ...

    async def add_inputs(self, job: Job, inputs: Sequence[JobInput]) -> None:
        """Keep what was gathered; `FencedError` where it has been kept already."""
        ...

    async def change_input(self, job: Job, changed: JobInput) -> None:
        """Keep another account of one input: less of it reached the app than was gathered."""
        ...

    async def mark_prior(self, study_instance_uid: str, job_key: str, at: datetime) -> None:
        """Note that a study is sent to us only to be looked back on."""
        ...

    async def is_prior(self, study_instance_uid: str, at: datetime) -> bool:
        """Tell whether what comes of a study now comes only to be looked back on: it was asked for within a day."""
        ...

    async def note_asked(self, job: Job, at: datetime, payload: Mapping[str, object]) -> None:
        """Add a line to the audit record: what was asked elsewhere about a patient, for which app."""
        ...

"""What was gathered for apps, in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from collega.errors import FencedError
from collega.model.inputs import MARK_LASTS, JobInput
from collega.model.job import Job
from collega.testing.fake_arrivals import FakeArrivals


class FakeInputs(FakeArrivals):
    """See `collega.ports.inputs.JobInputs`."""

    async def inputs_of(self, job_key: str) -> Sequence[JobInput]:
        """Read what was gathered for a job."""
        return self._memory.inputs.get(job_key, ())

    async def add_inputs(self, job: Job, inputs: Sequence[JobInput]) -> None:
        """Keep what was gathered, once."""
        if inputs and job.key in self._memory.inputs:
            message = f"the inputs of job {job.key} have been gathered meanwhile"
            raise FencedError(message)
        self._memory.inputs[job.key] = tuple(inputs)

    async def change_input(self, job: Job, changed: JobInput) -> None:
        """Keep another account of one input."""
        kept = self._memory.inputs.get(job.key, ())
        self._memory.inputs[job.key] = tuple(changed if item.name == changed.name else item for item in kept)

    async def mark_prior(self, study_instance_uid: str, job_key: str, at: datetime) -> None:  # noqa: ARG002 - who asked
        """Note that a study comes only to be looked back on."""
        self._memory.priors[study_instance_uid] = at

    async def is_prior(self, study_instance_uid: str, at: datetime) -> bool:
        """Tell whether it comes so."""
        asked = self._memory.priors.get(study_instance_uid)
        return asked is not None and asked > at - MARK_LASTS

    async def note_asked(self, job: Job, at: datetime, payload: Mapping[str, object]) -> None:  # noqa: ARG002
        """Keep the line."""
        self._memory.asked.append((job.key, dict(payload)))

"""What vendors' boxes answered, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from collega.model.box import BoxAnswer, Standing, Unasked
from collega.testing.fake_arrivals import FakeArrivals


class FakeBoxes(FakeArrivals):
    """See `collega.ports.boxes.Boxes`."""

    async def add_answer(self, answer: BoxAnswer) -> None:
        """Record an object for a job that is known."""
        if answer.job_key not in self._memory.jobs:
            message = f"{answer.job_key} is no job"
            raise ValueError(message)
        self._memory.answers[answer.job_key, answer.sop_instance_uid] = answer

    async def answers_of(self, job_key: str) -> Sequence[BoxAnswer]:
        """List the objects that were answered for a job; those of one moment as they were recorded first."""
        found = [item for (job, _), item in self._memory.answers.items() if job == job_key]
        return sorted(found, key=lambda item: item.at)

    async def release_answers(self, job_key: str, sop_instance_uids: Collection[str]) -> None:
        """Note the good end of an association."""
        for uid in sop_instance_uids:
            if (job_key, uid) in self._memory.answers:
                self._memory.answers[job_key, uid] = replace(self._memory.answers[job_key, uid], is_released=True)

    async def add_unasked(self, item: Unasked) -> None:
        """Record an object that is known already."""
        if item.sop_instance_uid not in self._memory.instances:
            message = f"{item.sop_instance_uid} is no object"
            raise ValueError(message)
        self._memory.unasked[item.sop_instance_uid] = item

    async def unasked_of(self, study_key: str) -> Sequence[Unasked]:
        """List the objects of a study that boxes sent for no job."""
        return [item for item in self._memory.unasked.values() if item.study_key == study_key]

    async def take_answers(self, job_key: str) -> None:
        """Note that the open answers are read."""
        for place, item in self._memory.answers.items():
            if place[0] == job_key and item.standing is Standing.OPEN:
                self._memory.answers[place] = replace(item, standing=Standing.TAKEN)

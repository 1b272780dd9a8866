"""What vendors' boxes answered; part of a `Store` transaction."""

from collections.abc import Collection, Sequence
from typing import Protocol

from collega.model.box import BoxAnswer, Unasked


class Boxes(Protocol):
    """Objects that were answered for jobs."""

    async def add_answer(self, answer: BoxAnswer) -> None:
        """Record an object for a job; what is known of the same object and job is replaced."""
        ...

    async def answers_of(self, job_key: str) -> Sequence[BoxAnswer]:
        """List the objects that were answered for a job, in the order of their arrival."""
        ...

    async def release_answers(self, job_key: str, sop_instance_uids: Collection[str]) -> None:
        """Note that the association that brought these objects ended in good order."""
        ...

    async def add_unasked(self, item: Unasked) -> None:
        """Record that an object is a box's and answers no job: nobody is shown it."""
        ...

    async def unasked_of(self, study_key: str) -> Sequence[Unasked]:
        """List the objects of a study that boxes sent for no job."""
        ...

    async def take_answers(self, job_key: str) -> None:
        """Note that the open answers of a job are read: none of them counts for another attempt."""
        ...

"""The database: everything that can be done together or not at all."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from collega.model.app import Stage
from collega.model.job import Event, NextStep
from collega.model.message import Message
from collega.model.study import Instance, Study, StudyState
from collega.model.trust import Allowance, Decision
from collega.ports.audit import Audit
from collega.ports.boxes import Boxes
from collega.ports.inputs import JobInputs
from collega.ports.labels import Labels
from collega.ports.leaving import Leaving
from collega.ports.line import Arrivals, Deliveries, ProcedureSteps, Work
from collega.ports.links import Links
from collega.ports.notices import Notices
from collega.ports.outgoing import Outgoing
from collega.ports.packs import Packs
from collega.ports.proofs import Proofs
from collega.ports.readings import Readings
from collega.ports.thresholds import Thresholds
from collega.ports.upkeep import Coverage, Keeping, Outages


class Transaction(
    Arrivals,
    ProcedureSteps,
    Work,
    Deliveries,
    Keeping,
    Coverage,
    Outages,
    Proofs,
    Boxes,
    JobInputs,
    Thresholds,
    Links,
    Outgoing,
    Readings,
    Packs,
    Labels,
    Notices,
    Leaving,
    Audit,
    Protocol,
):
    """All that can be done together or not at all."""

    async def study(self, study_key: str, *, lock: bool = False) -> Study | None:
        """Find a study by its key."""
        ...

    async def instances(self, study_key: str) -> Sequence[Instance]:
        """List the stored objects of a study, in the order of their arrival."""
        ...

    async def studies_in(self, state: StudyState) -> Sequence[Study]:
        """Studies in one state, oldest first."""
        ...

    async def stage_of(self, app_id: str, version: str) -> Stage:
        """Stage of an app version at this site."""
        ...

    async def set_stage(self, app_id: str, version: str, stage: Stage, actor: str, reason: str) -> None:
        """Change the stage; who and why are kept."""
        ...

    async def decisions_of(self, app_id: str, version: str) -> Sequence[Decision]:
        """List what the site has decided on the rights of an app version, oldest first."""
        ...

    async def set_allowance(self, app_id: str, version: str, allowance: Allowance, actor: str, reason: str) -> None:
        """Decide on the rights of an app version; who and why are kept."""
        ...

    async def add_event(self, event: Event) -> None:
        """Append one line to the record."""
        ...

    async def add_step(self, step: NextStep) -> None:
        """Order the next step: it exists if and only if this transaction commits."""
        ...


class Store(Protocol):
    """The database."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back by an exception."""
        ...


class MessageStore(Protocol):
    """The database as those who take messages see it."""

    async def keep_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Do `Messages.add_messages` in a transaction of its own: they are committed when it returns."""
        ...

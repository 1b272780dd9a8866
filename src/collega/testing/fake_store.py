"""The store in memory: transactions that commit whole or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from collega.model.app import Stage
from collega.model.job import Event, NextStep
from collega.model.message import Message
from collega.model.trust import Allowance, Decision
from collega.testing.fake_audit import FakeAudit
from collega.testing.fake_boxes import FakeBoxes
from collega.testing.fake_coverage import FakeCoverage
from collega.testing.fake_inputs import FakeInputs
from collega.testing.fake_keeping import FakeKeeping
from collega.testing.fake_labels import FakeLabels
from collega.testing.fake_leaving import FakeLeaving
from collega.testing.fake_links import FakeLinks
from collega.testing.fake_memory import Memory
from collega.testing.fake_message_signs import FakeMessageSigns
from collega.testing.fake_notices import FakeNotices
from collega.testing.fake_outages import FakeOutages
from collega.testing.fake_outgoing import FakeOutgoing
from collega.testing.fake_packs import FakePacks
from collega.testing.fake_procedure_steps import FakeProcedureSteps
from collega.testing.fake_proofs import FakeProofs
from collega.testing.fake_readings import FakeReadings
from collega.testing.fake_thresholds import FakeThresholds


class FakeTransaction(
    FakeKeeping,
    FakeCoverage,
    FakeOutages,
    FakeMessageSigns,
    FakeProcedureSteps,
    FakeProofs,
    FakeBoxes,
    FakeInputs,
    FakeThresholds,
    FakeLinks,
    FakeOutgoing,
    FakeReadings,
    FakePacks,
    FakeLabels,
    FakeNotices,
    FakeLeaving,
    FakeAudit,
):
    """See `collega.ports.store.Transaction`."""

    def __init__(self, memory: Memory, default_stage: Stage) -> None:
        super().__init__(memory)
        self._default_stage = default_stage

    async def stage_of(self, app_id: str, version: str) -> Stage:
        """Stage of an app version; the default where nobody has set one."""
        return self._memory.stages.get((app_id, version), self._default_stage)

    async def set_stage(self, app_id: str, version: str, stage: Stage, actor: str, reason: str) -> None:  # noqa: ARG002
        """Change the stage."""
        self._memory.stages[app_id, version] = stage
        self._memory.stage_changes.append((app_id, version, stage, self._memory.moment))

    async def decisions_of(self, app_id: str, version: str) -> Sequence[Decision]:
        """List what the site has decided on the rights of an app version, oldest first."""
        return list(self._memory.decisions.get((app_id, version), ()))

    async def set_allowance(
        self,
        app_id: str,
        version: str,
        allowance: Allowance,
        actor: str,  # noqa: ARG002
        reason: str,  # noqa: ARG002
    ) -> None:
        """Decide on the rights of an app version."""
        made = Decision(at=self._memory.moment, allowance=allowance)
        earlier = self._memory.decisions.get((app_id, version), ())
        self._memory.decisions[app_id, version] = (*earlier, made)

    async def add_event(self, event: Event) -> None:
        """Append one line to the record."""
        self._memory.events.append(event)

    async def add_step(self, step: NextStep) -> None:
        """Order a step; one that is to wait once is dropped where the same one waits for no later."""
        if not (step.once and any(_comes_no_later(waiting, step) for waiting in self._memory.steps)):
            self._memory.steps.append(step)


def _comes_no_later(waiting: NextStep, step: NextStep) -> bool:
    same = (waiting.step, waiting.arguments) == (step.step, step.arguments)
    return same and (waiting.at is None or (step.at is not None and waiting.at <= step.at))


class FakeStore:
    """See `collega.ports.store.Store`; transactions run one after the other.

    Parameters
    ----------
    default_stage : Stage
        Stage of an app version for which none was set.

    Attributes
    ----------
    memory : Memory
        What was committed, for tests to look at.
    """

    def __init__(self, default_stage: Stage = Stage.SHADOW) -> None:
        self.memory = Memory()
        self._default_stage = default_stage
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        """Open a transaction: committed at the end of the block, rolled back by an exception."""
        async with self._turn:
            scratch = self.memory.copy()
            yield FakeTransaction(scratch, self._default_stage)
            self.memory = scratch

    async def keep_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages in a transaction of their own."""
        async with self.transaction() as transaction:
            return await transaction.add_messages(messages)

    def take_steps(self) -> list[NextStep]:
        """Hand over the orders that wait, as a worker fetches them."""
        taken, self.memory.steps = self.memory.steps, []
        return taken

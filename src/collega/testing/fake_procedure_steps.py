"""Performed procedure steps in memory."""

from collega.errors import FencedError
from collega.model.procedure_step import ProcedureStep
from collega.testing.fake_arrivals import FakeArrivals


class FakeProcedureSteps(FakeArrivals):
    """See `collega.ports.line.ProcedureSteps`."""

    async def procedure_step(self, sop_instance_uid: str) -> ProcedureStep | None:
        """Find a step."""
        return self._memory.procedure_steps.get(sop_instance_uid)

    async def save_procedure_step(self, before: ProcedureStep | None, after: ProcedureStep) -> None:
        """Compare, then set."""
        if self._memory.procedure_steps.get(after.sop_instance_uid) != before:
            message = "the procedure step has changed meanwhile"
            raise FencedError(message)
        self._memory.procedure_steps[after.sop_instance_uid] = after

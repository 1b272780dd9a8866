"""How far each app version is trusted now: read once for a whole board, or for one account."""

from collections.abc import Mapping
from dataclasses import dataclass

from collega.adapters.postgres import board as rows_of
from collega.adapters.postgres.store import PostgresTransaction
from collega.deliver.table import Standing
from collega.model.app import Manifest, Stage
from collega.model.finding import Outcome
from collega.model.job import JobState
from collega.model.runtime import Use
from collega.model.trust import Allowance


@dataclass(frozen=True, kw_only=True, slots=True)
class Trusted:
    """Stages and rights by app and version, with what the makers intend."""

    stages: Mapping[tuple[str, str], str]
    allowances: Mapping[tuple[str, str], Allowance]
    catalogue: Mapping[str, Manifest]
    default_stage: Stage

    def standing(self, app_id: str, version: str, state: JobState, outcome: Outcome | None) -> Standing:
        """Tell where a job stands; of an app that is not installed any more nothing narrower is known."""
        manifest = self.catalogue.get(app_id)
        use = manifest.use if manifest else Use()
        return Standing(
            stage=Stage(self.stages.get((app_id, version), self.default_stage)),
            way=use.way,
            may=self.allowances.get((app_id, version), Allowance()).within(use),
            state=state,
            outcome=outcome,
        )


async def trusted(transaction: PostgresTransaction, catalogue: Mapping[str, Manifest], default_stage: Stage) -> Trusted:
    """Read what was decided."""
    return Trusted(
        stages=await rows_of.stages(transaction),
        allowances=await rows_of.allowances(transaction),
        catalogue=catalogue,
        default_stage=default_stage,
    )

"""What signed reports say, as far as it was made out; part of a `Store` transaction."""

from collections.abc import Sequence
from typing import Protocol

from collega.model.label import ReportLabels


class Labels(Protocol):
    """Labels of reports; those of every version are kept."""

    async def add_labels(self, labels: ReportLabels) -> None:
        """Keep the labels of a version; `FencedError` where their number is taken."""
        ...

    async def labels_of(self, study_key: str) -> Sequence[ReportLabels]:
        """List the labels of every version of a study's report, in the order of their numbers: the last ones count."""
        ...

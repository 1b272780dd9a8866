"""Labels of reports, in memory."""

from collections.abc import Sequence

from collega.errors import FencedError
from collega.model.label import ReportLabels
from collega.testing.fake_arrivals import FakeArrivals


class FakeLabels(FakeArrivals):
    """See `collega.ports.labels.Labels`."""

    async def add_labels(self, labels: ReportLabels) -> None:
        """Keep the labels of a version; refused where their number is taken."""
        kept = self._memory.labels
        if any((one.study_key, one.number) == (labels.study_key, labels.number) for one in kept):
            message = "the labels of the report have been changed meanwhile"
            raise FencedError(message)
        kept.append(labels)

    async def labels_of(self, study_key: str) -> Sequence[ReportLabels]:
        """List the labels of every version of a study's report, in the order of their numbers."""
        return sorted((one for one in self._memory.labels if one.study_key == study_key), key=lambda one: one.number)

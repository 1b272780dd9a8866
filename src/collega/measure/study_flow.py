"""What became of every study that might have counted: the flow that a report draws (STARD 2015, item 19)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.scores import by_case, state_of
from collega.model.comparison import ItemState


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """Counts of cases; all but ``eligible`` and ``excluded`` are of those that were not excluded, each in one place.

    Attributes
    ----------
    excluded : mapping
        How many, by the reason that the tables give.
    not_run, failed, not_suitable : int
        Without an answer of the app: results, and not exclusions.
    reference_missing : int
        With an answer, and without a truth to hold it against.
    """

    eligible: int
    excluded: Mapping[str, int]
    not_run: int
    failed: int
    not_suitable: int
    reference_missing: int
    analysed: int

    @property
    def included(self) -> int:
        """Those that were not excluded."""
        return self.eligible - sum(self.excluded.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """The flow, and the lines of both tables of the cases that have a truth and were given to the app."""

    flow: Flow
    scores: tuple[Row, ...]
    reference: tuple[Row, ...]


def follow(scores: Sequence[Row], reference: Sequence[Row]) -> Followed:
    """Sort cases; the column ``excluded`` of either table, where it is filled, says why a case does not count.

    Raises
    ------
    InputError
        A case stands twice in a table, an outcome is unknown, or nothing is left to analyse.
    """
    runs, truths = by_case(scores), by_case(reference)
    cases = list(dict.fromkeys([*truths, *runs]))
    reasons = {case: why for case in cases if (why := _reason(case, (truths, runs)))}
    included = [case for case in cases if case not in reasons]
    states = {case: state_of(runs[case]) for case in included if case in runs}
    known = {case for case in included if case in truths and truths[case].has("truth")}
    answered = [case for case, state in states.items() if state is ItemState.ANALYSED]
    analysed = [case for case in answered if case in known]
    if not analysed:
        message = f"{scores[0].table}, {reference[0].table}: no case has both a score and a truth"
        raise InputError(message)
    counts = Counter(states.values())
    flow = Flow(
        eligible=len(cases),
        excluded=dict(Counter(reasons.values())),
        not_run=len(included) - len(states),
        failed=counts[ItemState.FAILED],
        not_suitable=counts[ItemState.NOT_SUITABLE],
        reference_missing=len(answered) - len(analysed),
        analysed=len(analysed),
    )
    both = [case for case in states if case in known]
    return Followed(
        flow=flow, scores=tuple(runs[case] for case in both), reference=tuple(truths[case] for case in both)
    )


def _reason(case: str, tables: Iterable[Mapping[str, Row]]) -> str:
    return next((table[case].text("excluded") for table in tables if case in table and table[case].has("excluded")), "")

"""What readers say, in memory."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from collega.errors import FencedError
from collega.model.discrepancy import Discrepancy
from collega.model.feedback import Feedback, FirstLook, Missed
from collega.model.night import MorningWord
from collega.model.pilot import PilotGoal
from collega.testing.fake_arrivals import FakeArrivals

T = TypeVar("T")


class FakeReadings(FakeArrivals):
    """See `collega.ports.readings.Readings`."""

    async def add_feedback(self, said: Feedback) -> None:
        """Keep a version of an opinion; refused where its number is taken."""
        _keep(self._memory.feedback, said, _of_opinion)

    async def feedback_of(self, study_key: str) -> Sequence[Feedback]:
        """List every version of every opinion on a study, in the order of their numbers."""
        return sorted((one for one in self._memory.feedback if one.study_key == study_key), key=_number)

    async def add_missed(self, said: Missed) -> None:
        """Keep a version of a mark; refused where its number is taken."""
        _keep(self._memory.missed, said, _of_mark)

    async def missed_of(self, study_key: str) -> Sequence[Missed]:
        """List every version of every mark of a study, in the order of their numbers."""
        return sorted((one for one in self._memory.missed if one.study_key == study_key), key=_number)

    async def add_first_look(self, look: FirstLook) -> None:
        """Keep a version of a first look; refused where its number is taken."""
        _keep(self._memory.first_looks, look, _of_look)

    async def first_looks_of(self, study_key: str) -> Sequence[FirstLook]:
        """List every version of every first look at a study, in the order of their numbers."""
        return sorted((one for one in self._memory.first_looks if one.study_key == study_key), key=_number)

    async def add_morning_word(self, word: MorningWord) -> None:
        """Keep a version of what a report says; refused where its number is taken."""
        _keep(self._memory.morning_words, word, _of_morning)

    async def morning_words_of(self, study_keys: Sequence[str]) -> Sequence[MorningWord]:
        """List every version of what the reports of these studies say."""
        return [one for one in self._memory.morning_words if one.study_key in study_keys]

    async def add_goal(self, goal: PilotGoal) -> None:
        """Keep a version of a goal; refused where its number is taken."""
        _keep(self._memory.goals, goal, _of_goal)

    async def goals_of(self, app_id: str) -> Sequence[PilotGoal]:
        """List every version of every goal of an app, in the order of their numbers."""
        mine = (one for one in self._memory.goals if one.app_id == app_id)
        return sorted(mine, key=lambda one: (one.number, one.kpi))

    async def add_discrepancy(self, found: Discrepancy) -> bool:
        """Keep a new discrepancy; false where the same word and report have one already."""
        if any(_of_word(one) == _of_word(found) for one in self._memory.discrepancies):
            return False
        self._memory.discrepancies.append(found)
        return True

    async def change_discrepancy(self, changed: Discrepancy) -> None:
        """Keep a new revision; refused where another has taken its number."""
        _keep(self._memory.discrepancies, changed, _of_standing)

    async def discrepancy(self, key: str) -> Discrepancy | None:
        """Find one, as it stands now."""
        return _stand(one for one in self._memory.discrepancies if one.key == key).get(key)

    async def discrepancies_of(self, study_key: str) -> Sequence[Discrepancy]:
        """List those of a study as they stand now, the oldest first."""
        found = _stand(one for one in self._memory.discrepancies if one.study_key == study_key)
        return sorted(found.values(), key=lambda one: (one.found_at, one.key))

    async def standings_of(self, key: str) -> Sequence[Discrepancy]:
        """List every standing that a discrepancy has had, the first one first."""
        mine = (one for one in self._memory.discrepancies if one.key == key)
        return sorted(mine, key=lambda one: one.revision)


def _keep(kept: list[T], new: T, place: Callable[[T], object]) -> None:
    if any(place(one) == place(new) for one in kept):
        message = "it has been changed meanwhile"
        raise FencedError(message)
    kept.append(new)


def _stand(given: Iterable[Discrepancy]) -> dict[str, Discrepancy]:
    return {one.key: one for one in sorted(given, key=lambda one: one.revision)}


def _number(one: Feedback | Missed | FirstLook) -> tuple[object, ...]:
    return one.number, one.at


def _of_opinion(one: Feedback) -> object:
    return one.study_key, one.job_key, one.finding_id, one.reader, one.number


def _of_mark(one: Missed) -> object:
    return one.study_key, one.mark, one.number


def _of_look(one: FirstLook) -> object:
    return one.study_key, one.finding_id, one.reader, one.number


def _of_morning(one: MorningWord) -> object:
    return one.study_key, one.number


def _of_goal(one: PilotGoal) -> object:
    return one.app_id, one.kpi, one.number


def _of_word(one: Discrepancy) -> object:
    return one.job_key, one.finding_id, one.contrast, one.report_version


def _of_standing(one: Discrepancy) -> object:
    return one.key, one.revision

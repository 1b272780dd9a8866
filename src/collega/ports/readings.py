"""What readers say; part of a `Store` transaction."""

from collections.abc import Sequence
from typing import Protocol

from collega.model.discrepancy import Discrepancy
from collega.model.feedback import Feedback, FirstLook, Missed
from collega.model.night import MorningWord
from collega.model.pilot import PilotGoal


class Readings(Protocol):
    """Opinions, marks, first looks and discrepancies; every version of each is kept."""

    async def add_feedback(self, said: Feedback) -> None:
        """Keep a version of an opinion; `FencedError` where its number is taken."""
        ...

    async def feedback_of(self, study_key: str) -> Sequence[Feedback]:
        """List every version of every opinion on a study, in the order of their numbers."""
        ...

    async def add_missed(self, said: Missed) -> None:
        """Keep a version of a mark; `FencedError` where its number is taken."""
        ...

    async def missed_of(self, study_key: str) -> Sequence[Missed]:
        """List every version of every mark of a study, in the order of their numbers."""
        ...

    async def add_first_look(self, look: FirstLook) -> None:
        """Keep a version of a first look; `FencedError` where its number is taken."""
        ...

    async def first_looks_of(self, study_key: str) -> Sequence[FirstLook]:
        """List every version of every first look at a study, in the order of their numbers."""
        ...

    async def add_morning_word(self, word: MorningWord) -> None:
        """Keep a version of what a report says; `FencedError` where its number is taken."""
        ...

    async def morning_words_of(self, study_keys: Sequence[str]) -> Sequence[MorningWord]:
        """List every version of what the reports of these studies say."""
        ...

    async def add_goal(self, goal: PilotGoal) -> None:
        """Keep a version of a goal; `FencedError` where its number is taken."""
        ...

    async def goals_of(self, app_id: str) -> Sequence[PilotGoal]:
        """List every version of every goal of an app, in the order of their numbers."""
        ...

    async def add_discrepancy(self, found: Discrepancy) -> bool:
        """Keep a new discrepancy; false where the same word and report have one already."""
        ...

    async def change_discrepancy(self, changed: Discrepancy) -> None:
        """Keep a new revision; `FencedError` where another has taken its number."""
        ...

    async def discrepancy(self, key: str) -> Discrepancy | None:
        """Find one, as it stands now."""
        ...

    async def discrepancies_of(self, study_key: str) -> Sequence[Discrepancy]:
        """List those of a study as they stand now, the oldest first."""
        ...

    async def standings_of(self, key: str) -> Sequence[Discrepancy]:
        """List every standing that a discrepancy has had, the first one first; none where there is no such one."""
        ...

"""What pages of surveys ask of the site."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from collega.bootstrap.survey.steering import Reminder
from collega.model.code import Text
from collega.survey.questionnaire import Questionnaire
from collega.web.told import ToldError

NONE_SUCH = Text(
    en="there is no survey of that name that was answered",
    nl="er is geen beantwoorde enquête met die naam",
)


class Results(Protocol):
    """See `collega.bootstrap.survey.surveying.SurveyDesk`."""

    async def listed(self) -> list[dict[str, Any]]:
        """List surveys with their counts."""
        ...

    async def one(self, key: str) -> dict[str, Any] | None:
        """Give a survey with its counts."""
        ...

    async def told(self, key: str) -> tuple[Questionnaire, Mapping[str, Any]] | None:
        """Give the figures of a survey that is closed."""
        ...

    async def remind(self, key: str, lines: Sequence[str], by: str) -> Reminder:
        """Pick the links that were not used."""
        ...

    async def set_action(self, key: str, sent: Mapping[str, str], by: str) -> None:
        """Note who does what about a barrier."""
        ...


async def told_or_404(desk: Results, key: str) -> tuple[Questionnaire, Mapping[str, Any]]:
    """Give the figures of a survey that is closed; else say that there are none."""
    if (found := await desk.told(key)) is None:
        raise ToldError(404, NONE_SUCH)
    return found

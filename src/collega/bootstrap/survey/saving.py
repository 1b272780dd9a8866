"""Writing for many phones in one transaction: links used, answers kept, and all rows mixed once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.survey.tickets import Marker, is_signed
from collega.errors import InputError
from collega.survey.filling import cell_of, next_question
from collega.survey.questionnaire import Questionnaire


@dataclass(frozen=True, kw_only=True, slots=True)
class Begin:
    """Use a link, known by its mark; answered by the survey, or None where that is not possible."""

    mark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Save:
    """Keep one answer of a phone; answered by whether it was kept, or `InputError` where it is none."""

    key: str
    phone: str
    mark: str
    question: str
    form: Mapping[str, str]


AskedOf = Callable[[Mapping[str, Any]], Questionnaire | None]


async def write(
    transaction: PostgresTransaction, asks: Sequence[Begin | Save], marker: Marker, asked_of: AskedOf
) -> list[Any]:
    """Do what phones ask, survey by survey in the order of their keys, so that no two processes wait for each other.

    Parameters
    ----------
    marker : Marker
        Opens and seals.
    asked_of : callable
        Gives the questionnaire of a survey that is open, else None.
    """
    tickets = await surveys.tickets(transaction, [one.mark for one in asks if isinstance(one, Begin)])
    key_of = [one.key if isinstance(one, Save) else tickets.get(one.mark, {}).get("survey_key", "") for one in asks]
    answers: list[Any] = [None] * len(asks)
    for key, survey in sorted((await surveys.surveys(transaction, set(key_of))).items()):
        here = [place for place, one in enumerate(key_of) if one == key]
        if (asked := asked_of(survey)) is not None:
            given = [asks[place] for place in here]
            await surveys.alone(transaction, key)  # whoever writes for the same phone waits, and sees what is there
            phones = await surveys.sealed(transaction, key, [one.mark for one in given if isinstance(one, Save)])
            before = {mark: marker.unseal(key, mark, sealed) for mark, sealed in phones.items() if sealed}
            said = _Said(asked=asked, secret=bytes(survey["secret"]), before=before)
            found = await _write_one(transaction, survey, given, said, marker)
            for place, answer in zip(here, found, strict=True):
                answers[place] = answer
    return answers


async def _write_one(
    transaction: PostgresTransaction,
    survey: Mapping[str, Any],
    asks: Sequence[Begin | Save],
    said: "_Said",
    marker: Marker,
) -> list[Any]:
    key = survey["survey_key"]
    answers = [None if isinstance(one, Begin) else said.take(one) for one in asks]
    begins, done = [one.mark for one in asks if isinstance(one, Begin)], said.done()
    sealed = {mark: marker.seal(key, mark, cells) for mark, cells in said.given.items()}
    kept = await surveys.save(transaction, key, sealed, done) if sealed else set()
    used = await surveys.use(transaction, key, begins) if begins else set()
    if used or done & kept:
        await surveys.mix(transaction, key)
    return [_told(one, answer, kept, used, survey) for one, answer in zip(asks, answers, strict=True)]


def _told(one: Begin | Save, answer: object, kept: set[str], used: set[str], survey: Mapping[str, Any]) -> object:
    if isinstance(one, Save):
        return answer if answer is not True else one.mark in kept
    begins = one.mark in used
    used.discard(one.mark)  # of two who come with one link in one round the first begins
    return survey if begins else None


class _Said:
    """What phones say in one round; several answers of one phone become one row."""

    def __init__(self, *, asked: Questionnaire, secret: bytes, before: Mapping[str, Mapping[str, str]]) -> None:
        self._asked, self._secret, self._before = asked, secret, before
        self.given: dict[str, dict[str, str]] = {}

    def take(self, one: Save) -> bool | InputError:
        """Take an answer; false where the phone is not ours or nothing of that name is asked."""
        question = self._asked.question(one.question)
        if question is None or not is_signed(self._secret, one.phone):
            return False
        try:
            cell = cell_of(question, one.form)
        except InputError as error:
            return error
        self.given.setdefault(one.mark, dict(self._before.get(one.mark, {})))[question.id] = cell
        return True

    def done(self) -> set[str]:
        """Name the phones that have answered everything on their way."""
        return {mark for mark, cells in self.given.items() if next_question(self._asked, cells) is None}

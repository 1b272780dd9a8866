"""Figures of a closed survey, with the surveys that asked the same before."""

import asyncio
from collections.abc import Mapping
from typing import Any

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresTransaction
from collega.formats.csv_table import Row
from collega.survey.analysis import analyse
from collega.survey.answers import WAVE, read_answers
from collega.survey.questionnaire import Questionnaire
from collega.survey.toml import read_questionnaire
from collega.survey.waves import Taken, wave_names, with_actions

MOST_WAVES, MOST_READ = 20, 100


def asked_in(survey: Mapping[str, Any]) -> Questionnaire:
    """Read the questionnaire of a survey."""
    return read_questionnaire(survey["questionnaire"], "questionnaire")


class Library:
    """Questionnaires of surveys, each read once: what a survey asks never changes."""

    def __init__(self) -> None:
        self._read: dict[str, Questionnaire] = {}

    def of(self, survey: Mapping[str, Any]) -> Questionnaire:
        """Give what a survey asks."""
        key = survey["survey_key"]
        if key not in self._read:
            if len(self._read) >= MOST_READ:
                self._read.clear()
            self._read[key] = asked_in(survey)
        return self._read[key]


async def figures(transaction: PostgresTransaction, survey: Mapping[str, Any]) -> dict[str, Any] | None:
    """Work out what was answered, and what changed since the waves before; None where nobody answered.

    Every page, table and paper is made of this, so that what one hides no other shows. A wave is counted from its own
    answers alone, hence it hides the same in its own report and in that of the next.
    """
    chain = await _chain(transaction, survey)
    names = wave_names([one["opened"] for one in chain])
    taken = [Taken(**row) for one in chain for row in await surveys.actions(transaction, one["survey_key"])]
    asked = with_actions(asked_in(survey), taken)
    rows: list[Row] = []
    given: list[dict[str, str]] = []
    for name, one in zip(names, chain, strict=True):
        given = await surveys.answers(transaction, one["survey_key"])
        cells = [{question.id: each.get(question.id, "") for question in asked.questions} for each in given]
        rows += [Row(table="answers", line=line, cells={**each, WAVE: name}) for line, each in enumerate(cells, 2)]
    # A quarter of a second of arithmetic must not keep phones waiting.
    return await asyncio.to_thread(lambda: analyse(asked, read_answers(rows, asked))) if given else None


async def _chain(transaction: PostgresTransaction, survey: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give a survey and those before it, the first first."""
    chain = [survey]
    while (before := chain[0]["after_key"]) and len(chain) < MOST_WAVES:
        found = await surveys.survey(transaction, before)
        if found is None:
            break
        chain.insert(0, found)
    return chain

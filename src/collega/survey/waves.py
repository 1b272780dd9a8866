"""Surveys that ask the same again: which can be held against each other, and what was noted of actions since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from collega.survey.questionnaire import Question, Questionnaire

# How far an action is.
STATES = ("open", "under_way", "done", "dropped")


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What was noted of an action: who does it, by when, and how far it is."""

    question: str
    option: str
    owner: str
    by: date | None
    state: str


def difference(before: Questionnaire, after: Questionnaire) -> str | None:
    """Tell what keeps two questionnaires from being waves of one survey: key and reason; None where nothing does.

    Words may change; names, kinds, options, bounds and ways may not, since shares would be of something else.
    """
    if before.id != after.id:
        return f"id: {after.id}, and {before.id} in the survey before"
    old = {one.id: _measured(one) for one in before.questions}
    for question in after.questions:
        if question.id not in old:
            return f"question[{question.id}]: not asked in the survey before"
        for key, value in _measured(question).items():
            if value != old[question.id][key]:
                return f"question[{question.id}].{key}: not as in the survey before"
    missing = set(old) - {one.id for one in after.questions}
    return f"question[{min(missing)}]: asked in the survey before, and not here" if missing else None


def _measured(question: Question) -> Mapping[str, object]:
    return {
        "kind": question.kind,
        "options": tuple((one.id, one.goto) for one in question.options),
        "low": question.low,
        "high": question.high,
        "agree_from": question.agree_from,
        "cumulative": question.cumulative,
        "group": question.group,
        "goto": question.goto,
    }


def with_actions(asked: Questionnaire, taken: Sequence[Taken]) -> Questionnaire:
    """Put into a questionnaire what was noted of its actions since; the last note of each counts."""
    noted = {(one.question, one.option): one for one in taken}
    actions = [
        replace(one, owner=found.owner, by=found.by, state=found.state)
        if (found := noted.get((one.question, one.option)))
        else one
        for one in asked.actions
    ]
    return replace(asked, actions=tuple(actions))


def wave_names(days: Sequence[date]) -> list[str]:
    """Name waves by the day on which they were opened, told apart where two are of one day."""
    names = [f"{day:%Y-%m-%d}" for day in days]
    return [
        f"{name} ({names[: place + 1].count(name)})" if name in names[:place] else name
        for place, name in enumerate(names)
    ]

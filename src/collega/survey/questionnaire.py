"""What is asked: questions in two languages, and which comes after which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from collega.model.code import Text

END = "end"


class Kind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    RANKED = "ranked"
    SCALE = "scale"
    NUMBER = "number"
    OPEN = "open"


CHOSEN = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.RANKED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One answer to choose; ``goto`` names the question that it leads to."""

    id: str
    text: Text
    goto: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question, one screen.

    Attributes
    ----------
    low, high : int or float or None
        Ends of a scale, or bounds of a number.
    low_text, high_text : Text or None
        Words at the ends of a scale.
    agree_from : int or None
        A scale point: it and those above count as agreeing.
    cumulative : bool
        Options are in order, and the share up to each is told too.
    group : bool
        Answers divide people into groups that are held against each other.
    scale : str
        Items of one name are summed up by Cronbach's alpha.
    reversed : bool
        The item is worded the other way than the rest of its scale.
    goto : str
        The question after this one, where an answer does not say otherwise; empty: the next in the file.
    """

    id: str
    kind: Kind
    text: Text
    options: tuple[Option, ...] = ()
    low: float | None = None
    high: float | None = None
    low_text: Text | None = None
    high_text: Text | None = None
    agree_from: int | None = None
    cumulative: bool = False
    group: bool = False
    scale: str = ""
    reversed: bool = False
    goto: str = ""

    def option(self, id_: str) -> Option | None:
        """Find an option."""
        return next((one for one in self.options if one.id == id_), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """What the hospital does where people name a barrier, an option of a question; who, by when, and how far it is."""

    question: str
    option: str
    step: str
    text: Text
    owner: str = ""
    by: date | None = None
    state: str = "open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Questionnaire:
    """All that is asked, in order."""

    id: str
    version: str
    title: Text
    source: Text
    questions: tuple[Question, ...]
    actions: tuple[Action, ...] = ()

    def question(self, id_: str) -> Question | None:
        """Find a question."""
        return next((one for one in self.questions if one.id == id_), None)

    def after(self, question: Question, answer: object = None) -> str:
        """Name the question that follows, or ``end``.

        Parameters
        ----------
        answer : object
            Id of the chosen option of a question with one answer; anything else leads where the question leads.
        """
        chosen = question.option(answer) if question.kind is Kind.SINGLE and isinstance(answer, str) else None
        if chosen and chosen.goto:
            return chosen.goto
        if question.goto:
            return question.goto
        place = self.questions.index(question) + 1
        return self.questions[place].id if place < len(self.questions) else END

    def path(self, answers: Mapping[str, object]) -> tuple[Question, ...]:
        """Give the questions that somebody with these answers is asked, in order."""
        asked: list[Question] = []
        here = self.questions[0].id
        while here != END:
            question = next(one for one in self.questions if one.id == here)
            asked.append(question)
            here = self.after(question, answers.get(question.id))
        return tuple(asked)

"""The acceptance of a site: what was tried, what came back, what people saw, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.code import Text


class StepOutcome(StrEnum):
    """How one step of an acceptance ended."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    NOT_OFFERED = "not_offered"
    NOT_TRIED = "not_tried"


class Side(StrEnum):
    """Which side a step looks at."""

    PACS = "pacs"
    HOST = "host"


class Answer(StrEnum):
    """What a person says; every question is put so that yes is good."""

    YES = "yes"
    NO = "no"


class Verdict(StrEnum):
    """What an acceptance comes to."""

    ACCEPTED = "accepted"
    OPEN = "open"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepResult:
    """One step: what came back, the measured value with its limit, and what to do where it is not well."""

    name: str
    side: Side
    title: Text
    outcome: StepOutcome
    said: Text
    measured: str = ""
    limit: Text | None = None
    advice: Text | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A step for a person."""

    name: str
    text: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonAnswer:
    """What a person has answered; a later answer to the same question stands beside the earlier one."""

    step: str
    answer: Answer
    by: str
    at: datetime
    remark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """Where, when and against which PACS a check ran, and under which names its test patient stands there."""

    run: str
    started_at: datetime
    by: str
    site: str
    host: str
    version: str
    calling_aet: str
    pacs_aet: str
    pacs_address: str
    patient_id: str
    patient_name: str
    accession_number: str
    timezone: str
    language: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptanceReport:
    """A whole run with the answers so far."""

    surroundings: Surroundings
    ended_at: datetime
    steps: tuple[StepResult, ...]
    questions: tuple[Question, ...]
    answers: tuple[PersonAnswer, ...] = ()

    def answer_to(self, question: str) -> PersonAnswer | None:
        """Return the latest answer to a question."""
        return next((item for item in reversed(self.answers) if item.step == question), None)

    @property
    def failed(self) -> Sequence[StepResult]:
        """Steps that failed."""
        return [step for step in self.steps if step.outcome is StepOutcome.FAILED]

    @property
    def open(self) -> Sequence[Question]:
        """Questions that nobody has answered."""
        return [question for question in self.questions if self.answer_to(question.name) is None]

    @property
    def denied(self) -> Sequence[Question]:
        """Questions that were last answered with no."""
        given = {question.name: self.answer_to(question.name) for question in self.questions}
        return [item for item in self.questions if (said := given[item.name]) and said.answer is Answer.NO]

    @property
    def verdict(self) -> Verdict:
        """Accepted only where nothing failed and each person's step was answered with yes."""
        if self.failed or self.denied:
            return Verdict.NOT_ACCEPTED
        return Verdict.OPEN if self.open else Verdict.ACCEPTED

"""Reports as tests want them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from collega.accept.questions import QUESTIONS
from collega.model.acceptance import (
    AcceptanceReport,
    PersonAnswer,
    Side,
    StepOutcome,
    StepResult,
    Surroundings,
)
from collega.model.code import Text

AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def step(number: int, outcome: StepOutcome, said: str = "it said so") -> StepResult:
    return StepResult(
        name=f"step-{number}",
        side=list(Side)[number % 2],
        title=Text(en=f"Step {number}", nl=f"Stap {number}"),
        outcome=outcome,
        said=Text(en=said, nl=said),
        measured="1 / 2",
        limit=Text(en="all", nl="alles") if number % 2 else None,
        advice=None if outcome is StepOutcome.PASSED else Text(en="do this", nl="doe dit"),
        seconds=0.25,
    )


def report(
    outcomes: Sequence[StepOutcome],
    answers: tuple[PersonAnswer, ...] = (),
    *,
    language: str = "en",
    site: str = "Test hospital",
    said: str = "it said so",
) -> AcceptanceReport:
    surroundings = Surroundings(
        run="0b6f5a3e-6f6c-4a43-9d2e-8a1d7f3f2a11",
        started_at=AT,
        by="root",
        site=site,
        host="server",
        version="0.1.0",
        calling_aet="COLLEGA",
        pacs_aet="PACS",
        pacs_address="10.1.2.3:104",
        patient_id="COLLEGA-TEST-20260302",
        patient_name="Test^Collega^Acceptance Zoë",
        accession_number="TEST0302093000",
        timezone="Europe/Amsterdam",
        language=language,
    )
    return AcceptanceReport(
        surroundings=surroundings,
        ended_at=datetime(2026, 3, 2, 8, 31, 2, 500, tzinfo=UTC),
        steps=tuple(step(number, outcome, said) for number, outcome in enumerate(outcomes)),
        questions=QUESTIONS,
        answers=answers,
    )

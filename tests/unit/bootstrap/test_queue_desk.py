"""What AI would do to the waits, in a process of its own: a limit, one at a time, and no answer from a misfit."""

import asyncio
import json
from pathlib import Path

import pytest

from collega.bootstrap.beside import BUSY, TOO_LONG, Beside
from collega.bootstrap.times.queue_desk import QueueDesk
from collega.config import Settings
from collega.formats.queue_view import week_csv, week_view
from collega.formats.queue_words import QUEUE_WORDS
from collega.model.queue_form import DEPARTMENT, FIELDS, LIST
from collega.simulate.department import as_json
from collega.testing.reading_times import department

pytestmark = pytest.mark.shows("R65")


def desk(path: Path | None = None, limit_s: float = 60.0) -> QueueDesk:
    settings = Settings.model_validate({"value": {"department": str(path) if path else ""}})
    # Beside other tests low priority means waiting for all of them.
    return QueueDesk(settings=settings, beside=Beside(limit_s=limit_s, niceness=0))


def asked(question: str) -> dict[str, float]:
    return {name: one.default for name, one in FIELDS[question].items()}


async def test_one_question_at_a_time_and_none_beyond_its_limit() -> None:
    one = desk(limit_s=0.2)
    assert one.question() == LIST
    both = await asyncio.gather(*(one.answer(LIST, asked(LIST), preempts=True) for _ in range(2)))
    assert [found["faults"] for found in both] == [TOO_LONG, BUSY]


async def test_a_department_answers_with_and_without_ai_and_a_misfit_is_refused(tmp_path: Path) -> None:
    told = as_json(department())
    path = tmp_path / "department.json"
    path.write_text(json.dumps({**told, "check": {"fits": True, "problems": [], "held": []}}))
    one = desk(path)
    assert one.question() == DEPARTMENT
    found = await one.answer(DEPARTMENT, asked(DEPARTMENT), preempts=False)
    assert found["faults"] == ""
    assert await one.answer(DEPARTMENT, asked(DEPARTMENT), preempts=False) is found, "kept, not worked out again"
    words = {name: text.nl for name, text in QUEUE_WORDS.items()}
    view = week_view(found["told"], words, "nl")
    assert {"alle", "nacht", "ziek, gemist door AI"} <= {row[0] for row in view.rows}
    assert week_csv(found["told"]).startswith("cases,number,no_ai,")

    path.write_text(json.dumps({**told, "check": {"fits": False, "problems": [], "held": []}}))
    refused = await one.answer(DEPARTMENT, asked(DEPARTMENT), preempts=False)
    assert refused["told"] is None
    assert "not the measured one" in refused["faults"]

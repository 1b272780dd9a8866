"""The pages of feedback to makers: what is typed is held to its bounds, and no reader's word is more than text."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.unit.web.conftest import House

from collega.decide.pack import Choice
from collega.errors import InputError
from collega.model.pack import AnswerStatus
from collega.web.pack_figures import figure_cells, pack_figures_router
from collega.web.packs import packs_router
from collega.web.pages import Front, Pages

pytestmark = pytest.mark.shows("R13")
FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
CASE = {
    "case": "1-001",
    "number": 1,
    "source": "opinion",
    "study_instance_uid": "1.2.3",
    "app": "finder",
    "version": "1.0",
    "finding": "pneumonia",
    "evaluation": "present",
    "contrast": "",
    "causes": ["artefact"],
    "readers": 2,
    "text": "<script>alert(1)</script> Mrs Jansen",
    "at": AT,
    "objects": True,
    "with_text": False,
    "withheld": False,
    "left_out": "",
    "gone": True,
    "answer": {"status": "none"},
}
PACK = {
    "key": "k1",
    "vendor": "Maker <b>",
    "number": 1,
    "prepared_at": AT,
    "state": "prepared",
    "changed_at": AT,
    "actor": "collega",
    "reason": "",
    "cases": 1,
    "causes": {"artefact": 1},
    "left_out": {},
    "answers": {},
    "sha256": "",
    "files": 0,
    "bytes": 0,
}
FIGURE = {
    "vendor": "Maker <b>",
    "packs": 2,
    "cases": 3,
    "answered": 1,
    "open": 2,
    "statuses": {"fixed": 1, "none": 2},
    "median_days": 2.5,
    "low": None,
    "high": None,
    "oldest_open_days": 12,
}


@dataclass
class Desk:
    """Keeps what is decided."""

    done: list[tuple[object, ...]] = field(default_factory=list)

    async def listed(self) -> dict[str, Any]:
        return {"packs": [PACK], "figures": [FIGURE]}

    async def figures(self) -> list[dict[str, Any]]:
        return [FIGURE]

    async def told(self, key: str) -> dict[str, Any] | None:
        return {**PACK, "list": [CASE]} if key == "k1" else None

    async def prepare(self, by: str) -> None:
        self.done.append(("prepare", by))

    async def approve(self, key: str, by: str, reason: str, choice: Choice) -> None:  # noqa: ARG002 - as the port has it
        if by != "A. Lead":
            message = f"{by} may not"
            raise InputError(message)
        self.done.append(("approve", by, choice))

    async def refuse(self, key: str, by: str, reason: str) -> None:  # noqa: ARG002 - as the port has it
        self.done.append(("refuse", by, reason))

    async def take(self, key: str, by: str) -> Path:  # noqa: ARG002 - as the port has it
        message = "it is to be approved first"
        raise InputError(message)

    async def answer(
        self, key: str, case: int, by: str, *, status: AnswerStatus, fixed_in: str, answered_on: date, writer: str
    ) -> None:
        self.done.append((key, case, by, status, fixed_in, answered_on, writer))


@pytest.fixture
def desk(house: House, front: Front) -> Desk:
    made = Desk()
    house.app.include_router(packs_router(made, Pages(front)))
    house.app.include_router(pack_figures_router(made, Pages(front)))
    return made


async def test_a_pack_is_shown_in_both_languages_with_readers_words_as_text(house: House, desk: Desk) -> None:
    words = {
        "nl": ("artefact", "De patiënt heeft bezwaar", "klaargezet: nog goed te keuren", "01-11-2026"),
        "en": ("artefact", "The patient objects", "prepared: to be approved", "2026-11-01"),
    }
    for language, said in words.items():
        page = (await house.ask(f"/feedback-packs/k1?lang={language}")).text
        assert [word for word in said if word not in page] == []
        assert "<script>alert" not in page
        assert "Maker &lt;b&gt;" in page
    every = (await house.ask("/feedback-packs?lang=nl")).text
    assert "2,5 (95%-interval niet bekend tot niet bekend; 1 van 3 gevallen beantwoord)" in every
    assert "het oudste zonder antwoord wacht 12 dagen" in every
    assert (await house.ask("/feedback-packs/k2")).status == 404
    assert desk.done == []


async def test_those_who_steer_are_told_what_makers_answered_in_counts_and_of_nobody(house: House, desk: Desk) -> None:
    page = (await house.ask("/feedback-figures?lang=nl")).text
    cells = re.findall(r"<td>(.*?)</td>", page)
    assert cells == ["2", "3", "1", "2", "2,5", "12", "opgelost in versie: 1, nog geen antwoord: 2"]
    assert "Maker &lt;b&gt;" in page
    told = (await house.ask("/api/feedback-figures")).text
    assert json.loads(told) == {"vendors": [FIGURE]}
    for text in (page, told):
        assert [word for word in ("1.2.3", "1-001", "Jansen", "A. Lead") if word in text] == []
    assert figure_cells({**FIGURE, "low": 1.0, "high": 9.5}, "en")["median"] == "2.5 (1, 9.5)"
    assert desk.done == []


@pytest.mark.parametrize(
    ("path", "sent", "headers", "status"),
    [
        ("", {"by": "A. Lead"}, FORM, 303),
        ("", {"by": "A. Lead"}, {**FORM, "sec-fetch-site": "cross-site"}, 403),
        (
            "/k1/decision",
            {"by": "A. Lead", "decision": "approve", "t1": "1", "w2": "1", "wx": "1", "w" + "9" * 5000: "1"},
            FORM,
            303,
        ),
        ("/k1/decision", {"by": "A. Lead", "decision": "perhaps"}, FORM, 422),
        ("/k1/decision", {"by": "nobody", "decision": "approve"}, FORM, 422),
        ("/k1/decision", {"by": "A. Lead", "decision": "refuse", "reason": "few"}, FORM, 303),
        ("/k1/file", {"by": "A. Lead"}, FORM, 422),
        ("/k1/answers/1", {"by": "A", "status": "accepted", "on": "2026-11-02", "writer": "M"}, FORM, 303),
        ("/k1/answers/1", {"by": "A", "status": "none", "on": "2026-11-02", "writer": "M"}, FORM, 422),
        ("/k1/answers/1", {"by": "A", "status": "fixed", "on": "tomorrow", "writer": "M"}, FORM, 422),
        ("/k1/answers/one", {"by": "A", "status": "accepted", "on": "2026-11-02", "writer": "M"}, FORM, 422),
        ("/k1/decision", {"by": "A" * 20_000, "decision": "approve"}, FORM, 413),
    ],
)
async def test_a_form_is_held_to_what_it_must_say(
    house: House, desk: Desk, path: str, sent: dict[str, str], headers: dict[str, str], status: int
) -> None:
    answer = await house.ask(f"/feedback-packs{path}", "POST", urlencode(sent).encode(), headers)
    assert answer.status == status
    assert len(desk.done) == (status == 303)
    if "t1" in sent:
        assert desk.done == [("approve", "A. Lead", Choice(with_text=frozenset({1}), withheld=frozenset({2})))]

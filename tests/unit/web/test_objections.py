"""The page of objections: who notes one says so, in plain text, on a page of ours."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.unit.web.conftest import House

from collega.bootstrap.leave.leaving import objection_of
from collega.errors import InputError
from collega.model.token import Token
from collega.web.gate import gate
from collega.web.objections import objections_router
from collega.web.pages import Front, Pages

pytestmark = pytest.mark.shows("R85")
FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
SAID = {"patient_id": "123", "issuer": "", "study_instance_uid": "", "by": "P. Rivacy", "reason": "form"}


@dataclass
class Desk:
    """Keeps what is noted."""

    noted: list[tuple[dict[str, str], str, str]] = field(default_factory=list)

    async def listed(self) -> list[dict[str, Any]]:
        gone = {"at": datetime(2026, 11, 1, 9, tzinfo=UTC), "app_id": "finder", "to": "ai.example", "files": 3}
        row = {"key": "k1", "patient_id": "<b>123</b>", "issuer": "", "study_instance_uid": "", "actor": "P. Rivacy"}
        ended = {"withdrawn_at": None, "withdrawn_by": "", "withdrawal_reason": ""}
        return [{**row, **ended, "reason": "form", "at": datetime(2026, 11, 2, 9, tzinfo=UTC), "gone": [gone]}]

    async def note(self, values: dict[str, str], by: str, reason: str) -> dict[str, Any]:
        objection_of(**values, actor=by, reason=reason)
        self.noted.append((values, by, reason))
        return {}

    async def withdraw(self, key: str, by: str, reason: str) -> dict[str, Any]:
        if key != "k1":
            message = "no objection of that key stands"
            raise InputError(message)
        self.noted.append(({"key": key}, by, reason))
        return {}


class NoTokens:
    """A site that has given none."""

    async def token(self, secret: str) -> Token | None:  # noqa: ARG002 - as the port has it
        return None


@pytest.fixture
def desk(house: House, front: Front) -> Desk:
    made = Desk()
    house.app.include_router(objections_router(made, Pages(front), gate(NoTokens())))
    return made


async def test_the_page_shows_who_objects_and_what_had_left(house: House, desk: Desk) -> None:
    page = (await house.ask("/objections?lang=nl")).text
    assert "&lt;b&gt;123" in page
    assert "01-11-2026 10:00: finder, ai.example, 3 bestanden" in page
    assert desk.noted == []


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({}, FORM, 303),
        ({}, {**FORM, "sec-fetch-site": "cross-site"}, 403),
        ({"by": ""}, FORM, 422),
        ({"reason": "x" * 201}, FORM, 422),
        ({"patient_id": ""}, FORM, 422),
        ({"study_instance_uid": "1.2"}, FORM, 422),
        ({"patient_id": "1\0"}, FORM, 422),
    ],
)
async def test_a_form_is_held_to_what_it_must_say(
    house: House, desk: Desk, changes: dict[str, str], headers: dict[str, str], status: int
) -> None:
    body = urlencode(SAID | changes).encode()
    answer = await house.ask("/objections", "POST", body, headers)
    assert answer.status == status
    assert len(desk.noted) == (status == 303)


async def test_an_objection_that_does_not_stand_cannot_be_ended(house: House, desk: Desk) -> None:
    body = urlencode({"by": "P. Rivacy", "reason": "changed mind"}).encode()
    assert (await house.ask("/objections/k1/withdraw", "POST", body, FORM)).status == 303
    assert (await house.ask("/objections/k9/withdraw", "POST", body, FORM)).status == 404
    assert desk.noted == [({"key": "k1"}, "P. Rivacy", "changed mind")]

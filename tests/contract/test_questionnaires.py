"""Questionnaires that are kept: versions, nothing overwritten, and a survey that runs keeps its own."""

import asyncio
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.bootstrap.survey import keeping
from collega.bootstrap.survey.phones import PhoneDesk
from collega.bootstrap.survey.starting import KeptDesk
from collega.bootstrap.survey.steering import today_in
from collega.bootstrap.survey.tickets import Marker
from collega.errors import ConfigurationError, InputError
from collega.survey.shipped import shipped_text

pytestmark = pytest.mark.shows("R11", "R29", "R77")
ZONE, MARKER = ZoneInfo("Europe/Amsterdam"), Marker(key=b"k" * 32)
OURS = shipped_text("trust").replace('id = "trust"', 'id = "ours"', 1)
CHANGED = OURS.replace('version = "1"', 'version = "2"', 1)


def desk_of(real: Any) -> KeptDesk:
    return KeptDesk(store=real.store, zone=ZONE, marker=MARKER, address="https://collega.example")


async def test_a_survey_that_runs_keeps_the_version_it_began_with_and_each_can_be_opened_again(real: Any) -> None:
    desk = desk_of(real)
    first = await desk.keep(OURS, "lead", 0)
    assert (first.number, first.responsible, first.text) == (1, "lead", OURS)
    assert (await desk.keep(OURS, "lead", 0)).number == 1  # the same once more is no new version
    until = f"{today_in(ZONE) + timedelta(days=3)}"
    started = await desk.start(first, {"until": until, "tickets": "6"}, "lead")
    assert len(set(started.links)) == 6
    assert (await desk.keep(CHANGED, "manager", 1)).number == 2
    phones = PhoneDesk(store=real.store, zone=ZONE, marker=MARKER)
    looked = await phones.ticket(started.links[0].rpartition("/")[2])
    assert looked is not None
    assert looked.asked.version == "1"
    found = [await desk.one("ours", number) for number in (None, 1, 2, 3, -1, 10**30)]
    assert [one and one.number for one in found] == [2, 1, 2, None, None, None]
    assert [(one.name, one.number) for one in await desk.every()] == [
        ("ours", 2),
        ("ours", 1),
        ("readiness", 0),
        ("trust", 0),
    ]
    async with real.transaction() as transaction:
        told = [await keeping.kept_named(transaction, name) for name in ("ours", "ours@1", "trust", "trust@0")]
        assert [one.number for one in told] == [2, 1, 0, 0]
        for name in ("theirs", "ours@", "ours@x", "ours@9", "../trust@0"):
            with pytest.raises(InputError, match="is kept"):
                await keeping.kept_named(transaction, name)
        lines = await transaction.rows("SELECT event, responsible, payload FROM audit ORDER BY at", ())
    assert [(one["event"], one["responsible"]) for one in lines] == [
        ("questionnaire saved", "lead"),
        ("survey opened", "lead"),
        ("questionnaire saved", "manager"),
    ]


async def test_bad_ones_are_refused_by_key_and_reason_and_nobody_overwrites_another(real: Any) -> None:
    desk = desk_of(real)
    await desk.keep(OURS, "lead", 0)
    for text, words in (
        (OURS.replace("nl = ", "xx = ", 1), r"questionnaire: title\.xx|questionnaire: title\.nl"),
        ("id = [", "questionnaire: no TOML"),
        (OURS + "\0", "byte of nought"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            await desk.keep(text, "lead")
    with pytest.raises(InputError, match="at most 500000 bytes"):
        await desk.keep("#" * 600_000, "lead")
    with pytest.raises(InputError, match="ours: version 1 was saved since"):
        await desk.keep(CHANGED, "manager", 0)
    together = [CHANGED + f"# {number}\n" for number in range(6)]
    saved = await asyncio.gather(*(desk.keep(text, "lead", 1) for text in together), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in saved) == 1
    assert (await desk.keep(CHANGED, "lead")).number == 3  # brought in: after whatever is there


async def test_a_start_is_refused_by_field_and_the_sheet_takes_links_of_its_survey_alone(real: Any) -> None:
    desk = desk_of(real)
    kept = await desk.keep(OURS, "lead")
    until = f"{today_in(ZONE) + timedelta(days=3)}"
    for fault, words in (
        ({"until": "soon"}, "until: 'soon'"),
        ({"until": "2020-01-01"}, "has passed"),
        ({"tickets": "0"}, "tickets: '0'"),
        ({"tickets": "5001"}, "tickets: '5001'"),
        ({"tickets": "²"}, "tickets: '²'"),
        ({"after": "nothing"}, "no survey nothing that is closed"),
    ):
        with pytest.raises(InputError, match=words):
            await desk.start(kept, {"until": until, "tickets": "5", **fault}, "lead")
    one, other = [await desk.start(kept, {"until": until, "tickets": "5"}, "lead") for _ in range(2)]
    asked, links = await desk.sheet(one.key, ["", *one.links, other.links[0], "https://elsewhere.example/s/x"])
    assert (asked.id, tuple(links)) == ("ours", one.links)
    with pytest.raises(InputError, match="none of these"):
        await desk.sheet(one.key, other.links)

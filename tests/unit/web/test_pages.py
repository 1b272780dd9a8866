"""Pages and JSON: what comes in is checked, what goes out cannot run."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from tests.unit.web.conftest import KNOWN, NOW, House, row

JSON = {"content-type": "application/json"}
EVENTS = f"/api/studies/{KNOWN}/events"
OPENED = f"/api/studies/{KNOWN}/opened"
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"


def reading(**values: Any) -> bytes:
    return json.dumps({"kind": "signed", "at": "2026-03-02T10:00:00+01:00", "by": "dr. X"} | values).encode()


# --------------------------------------------------------------------------- what readers did


async def test_a_signature_is_recorded_in_utc(house: House) -> None:
    answer = await house.ask(EVENTS, "POST", reading(), JSON)
    assert (answer.status, json.loads(answer.body)) == (201, {"recorded": "signed"})
    assert house.views.noted == [(KNOWN, "signed", datetime(2026, 3, 2, 9, 0, tzinfo=UTC), "dr. X")]


async def test_following_the_link_is_recorded(house: House) -> None:
    before = datetime.now(UTC)
    answer = await house.ask(OPENED, "POST", b"{}", JSON | {"sec-fetch-site": "same-origin"})
    assert answer.status == 201
    ((_, kind, at, by),) = house.views.noted
    assert (kind, by) == ("opened", "board")
    assert before <= at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (reading(kind="deleted"), "kind: "),
        (reading(at="2026-03-02T10:00:00"), "at: "),
        (reading(at="yesterday"), "at: "),
        (reading(at="2999-01-01T00:00:00+00:00"), "at: a moment that has passed"),
        (reading(at="0001-01-01T00:00:00+01:01"), "at: a moment that has passed"),
        (reading(by=""), "by: "),
        (reading(by="   "), "by: a name in printable characters"),
        (reading(by="x\ny"), "by: a name in printable characters"),
        (reading(by="x" * 65), "by: "),
        (reading(patient="Doe^J"), "patient: "),
        (b"{}", "kind: Field required; at: Field required; by: Field required"),
        (b"[]", "body: "),
        (b"{", "1: JSON decode error"),
        (b"", "body: "),
    ],
)
async def test_bad_readings_are_refused_with_the_reason(house: House, body: bytes, told: str) -> None:
    answer = await house.ask(EVENTS, "POST", body, JSON)
    assert answer.status == 422
    assert answer.detail.startswith(told)
    assert "Doe" not in answer.detail, "the input is not repeated"
    assert house.views.noted == []


@pytest.mark.parametrize(("path", "body"), [(EVENTS, reading()), (OPENED, b"{}")])
async def test_a_study_that_nobody_knows(house: House, path: str, body: bytes) -> None:
    answer = await house.ask(path.replace(KNOWN, "9.9"), "POST", body, JSON)
    assert (answer.status, answer.detail) == (404, "no such study was received")


@pytest.mark.parametrize(("path", "body"), [(EVENTS, reading()), (OPENED, b"{}")])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        (JSON | {"sec-fetch-site": "cross-site"}, 403),
        (JSON | {"sec-fetch-site": "same-site"}, 403),
        (JSON | {"origin": "https://evil.example"}, 403),
        (JSON | {"origin": "null"}, 403),
        (JSON | {"origin": "http://board.example", "sec-fetch-site": "same-origin"}, 201),
        (JSON, 201),
        ({"content-type": "application/json; charset=utf-8"}, 201),
    ],
)
async def test_other_sites_may_not_write(
    house: House, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert (await house.ask(path, "POST", body, headers)).status == status
    assert bool(house.views.noted) is (status == 201)


# --------------------------------------------------------------------------- the worklist as JSON


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", ("en", 200, 0)),
        ("?limit=5&offset=10&lang=nl", ("nl", 5, 10)),
        ("?limit=0", ("en", 1, 0)),
        ("?limit=99999", ("en", 1000, 0)),
    ],
)
async def test_the_worklist_in_parts(house: House, query: str, asked: tuple[str, int, int]) -> None:
    assert (await house.ask(f"/api/worklist{query}")).status == 200
    assert house.views.asked == [asked]


@pytest.mark.parametrize("query", ["?limit=many", "?offset=-1", "?lang=de"])
async def test_a_bad_question_is_explained(house: House, query: str) -> None:
    answer = await house.ask(f"/api/worklist{query}")
    assert answer.status == 422
    assert answer.detail.startswith(query[1:].split("=", maxsplit=1)[0])


# --------------------------------------------------------------------------- pages


@pytest.mark.shows("R65", "R66")
async def test_the_page_without_a_script(house: House) -> None:
    page = (await house.ask("/")).text
    assert "A1" in page
    assert "X-thorax" in page
    assert 'href="https://viewer.example/?a=A1"' in page
    assert '<a class="refresh" href="/"' in page


async def test_what_a_header_smuggles_in_stays_text(house: House) -> None:
    app = {
        "app": HOSTILE, "version": HOSTILE, "name": HOSTILE, "clinical_use": True, "outcome": None,
        "shown_as": "failed", "word": HOSTILE, "ended_clock": "", "finding_words": [HOSTILE],
            "kept": [{"kind": "SC", "title": HOSTILE}],
        "rule_words": [HOSTILE],
    }  # fmt: skip
    house.views.rows = [
        row(
            accession_number=HOSTILE,
            description=HOSTILE,
            modality=HOSTILE,
            sex=HOSTILE,
            state_word=HOSTILE,
            apps=[app],
            together=[{"agreement": "disagree", "sentence": HOSTILE}],
        )
    ]
    house.views.out = [{"app": HOSTILE, "part": "app", "cause": "waiting", "since": NOW, "reason": HOSTILE}]
    page = (await house.ask("/")).text
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "{{7*7}}" in page


async def test_nothing_inline_and_nothing_from_elsewhere(house: House) -> None:
    for path in ("/", "/board/rows", "/api/worklist", "/static/board.js", "/nowhere", "/healthz"):
        answer = await house.ask(path)
        assert answer.headers["content-security-policy"].startswith("default-src 'self';"), path
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    page = (await house.ask("/")).text
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("path", "headers", "language"),
    [
        ("/", {}, "en"),
        ("/?lang=nl", {}, "nl"),
        ("/", {"cookie": "lang=nl"}, "nl"),
        ("/?lang=en", {"cookie": "lang=nl"}, "en"),
        ("/?lang=xx", {"cookie": "lang=<script>"}, "en"),
    ],
)
async def test_the_language_is_chosen_and_remembered(
    house: House, path: str, headers: dict[str, str], language: str
) -> None:
    answer = await house.ask(path, headers=headers)
    assert f'<html lang="{language}"' in answer.text
    assert ("AI-werklijst" in answer.text) is (language == "nl")
    assert ("set-cookie" in answer.headers) is (f"lang={language}" in path)


async def test_the_theme_is_remembered(house: House) -> None:
    answer = await house.ask("/?theme=light")
    assert 'data-theme="light"' in answer.text
    assert answer.headers["set-cookie"].startswith("theme=light;")
    assert 'data-theme="light"' in (await house.ask("/", headers={"cookie": "theme=light"})).text
    assert "data-theme" not in (await house.ask("/?theme=pink")).text


async def test_more_studies_than_rows_are_said_to_be_there(house: House) -> None:
    house.views.rows = [row(study_key=f"k{number}") for number in range(3)]
    page = (await house.ask("/board/rows")).text
    assert page.count('<li class="row') == 2
    assert 'id="more"' in page


@pytest.mark.shows("R25")
async def test_a_board_that_cannot_be_read_is_not_an_empty_one(house: House) -> None:
    house.views.is_broken = True
    answer = await house.ask("/?lang=nl")
    assert answer.status == 503
    assert "De werklijst is nu niet te lezen: beoordeel als zonder AI." in answer.text
    assert "Geen onderzoeken" not in answer.text
    house.views.is_broken = False
    assert (await house.ask("/?lang=nl")).status == 200


async def test_an_empty_board_says_so(house: House) -> None:
    house.views.rows = []
    assert "No studies in the last hours." in (await house.ask("/board/rows")).text


@pytest.mark.shows("R25")
async def test_an_app_that_is_out_of_order_stands_above_the_rows(house: House) -> None:
    now = datetime.now(UTC)
    house.views.out = [
        {"app": "finder", "part": "app", "cause": "waiting", "since": now, "reason": "it does not start"}
    ]
    page = (await house.ask("/board/rows")).text
    assert "finder" in page
    assert f"out of order since {now.astimezone(ZoneInfo('Europe/Amsterdam')):%H:%M}: it does not start" in page


async def test_sex_stands_in_the_letter_of_the_language(house: House) -> None:
    house.views.rows = [row(sex="F")]
    assert "· F</small>" in (await house.ask("/board/rows?lang=en")).text
    house.hub.version += 1
    assert "· V</small>" in (await house.ask("/board/rows?lang=nl")).text


async def test_an_app_that_is_out_since_another_day_says_the_day(house: House) -> None:
    house.views.out = [
        {
            "app": "finder",
            "part": "app",
            "cause": "waiting",
            "since": datetime(2026, 3, 2, 13, 0, tzinfo=UTC),
            "reason": "",
        }
    ]
    assert "out of order since 02 Mar 14:00" in (await house.ask("/board/rows?lang=en")).text
    assert "buiten werking sinds 02-03 14:00" in (await house.ask("/board/rows?lang=nl")).text


@pytest.mark.shows("R59")
async def test_messages_that_stand_still_are_told_in_words_of_the_language(house: House) -> None:
    since = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    house.views.out = [{"app": HOSTILE, "part": "sender", "cause": "silent", "since": since, "reason": ""}]
    english = (await house.ask("/board/rows?lang=en")).text
    assert "has sent no messages since 02 Mar 14:00, and usually does at this hour." in english
    assert "<script>" not in english
    assert "op dit uur is dat ongewoon. Aanvragen" in (await house.ask("/board/rows?lang=nl")).text


async def test_while_the_database_is_not_heard_nothing_is_kept(house: House) -> None:
    for _ in range(3):
        await house.ask("/board/rows")
    assert len(house.views.asked) == 3
    house.hub.is_connected = True
    house.hub.version += 1
    for _ in range(3):
        await house.ask("/board/rows")
    assert len(house.views.asked) == 4, "made once for all who ask after the same change"
    house.hub.version += 1
    await house.ask("/board/rows")
    assert len(house.views.asked) == 5


def made(page: str) -> str:
    return str(re.findall(r'data-made="([^"]+)"', page)[0])


def rows_in(page: str) -> tuple[list[str], list[str]]:
    """Give the rows that a page holds, and those of which it has the place alone."""
    found = re.findall(r'<li[^>]* id="study-(\w+)"([^>]*)>', page)
    whole = [key for key, rest in found if "data-same" not in rest]
    return whole, [key for key, rest in found if "data-same" in rest]


@pytest.mark.shows("R25", "R66")
async def test_a_page_is_sent_the_rows_that_are_not_as_it_has_them(house: House) -> None:
    house.views.rows = [row(study_key="k1"), row(study_key="k2")]
    first = (await house.ask("/?lang=en")).text
    assert rows_in(first) == (["k1", "k2"], [])
    same = (await house.ask(f"/board/rows?lang=en&after={made(first)}")).text
    assert rows_in(same) == ([], ["k1", "k2"])
    house.views.rows = [row(study_key="k2", opened_at=NOW, opened_clock="14:00"), row(study_key="k1", waiting_s=610)]
    changed = (await house.ask(f"/board/rows?lang=en&after={made(first)}")).text
    assert rows_in(changed) == (["k2"], ["k1"]), "ten seconds more are no other words"
    assert "opened 14:00" in changed
    assert changed.index("study-k2") < changed.index("study-k1"), "all places, as they are now"
    later = (await house.ask(f"/board/rows?lang=en&after={made(changed)}")).text
    assert rows_in(later) == ([], ["k2", "k1"])
    house.views.rows = house.views.rows[1:]
    gone = (await house.ask(f"/board/rows?lang=en&after={made(changed)}")).text
    house.views.rows = [row(study_key="k2", opened_at=NOW, opened_clock="14:00"), *house.views.rows]
    back = (await house.ask(f"/board/rows?lang=en&after={made(gone)}")).text
    assert rows_in(back) == (["k2"], ["k1"]), "a page has forgotten what had left it"


@pytest.mark.parametrize("after", ["", "7", "x.en.0.99", "..", "0.en.0.-1", "a.nl.b.\u0663", "." * 50])
async def test_what_a_page_cannot_have_is_sent_whole(house: House, after: str) -> None:
    dutch = made((await house.ask("/board/rows?lang=nl")).text)
    for said in (after, dutch, dutch.rpartition(".")[0] + ".\u0661", dutch.replace(".", "9.", 1)):
        page = (await house.ask(f"/board/rows?lang=en&after={quote(said)}")).text
        assert rows_in(page) == (["k1"], [])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"waiting_s": 600, "target_s": 1800.0}, ["<b>10 min</b> of 30 min"]),
        ({"waiting_s": 7500, "target_s": 3600.0}, ["<b>2 h 5 min</b> of 60 min", "over target by 65 min"]),
        ({"waiting_s": 60, "target_s": None}, ["<b>1 min</b></span>"]),
        ({"opened_at": NOW, "opened_clock": "14:00"}, ["opened 14:00"]),
        ({"signed_at": NOW, "signed_clock": "14:00", "is_signed": True}, ["signed 14:00"]),
        ({"signed_at": NOW, "signed_clock": "14:00", "is_signed": False}, ["new images after signing"]),
        ({"found_after_signing": True}, ["AI found something after signing"]),
        ({"raised_by_ai": True, "urgency": "high", "urgency_word": "High"}, ["High", "raised by AI"]),
        ({"accession_number": ""}, ["no accession number"]),
    ],
)
async def test_the_words_of_a_row(house: House, values: dict[str, Any], words: list[str]) -> None:
    house.views.rows = [row(**values)]
    page = (await house.ask("/board/rows")).text
    for word in words:
        assert word in page


@pytest.mark.parametrize("path", ["/api/studies/\0", "/api/studies/1?x=%00", "/\0"])
async def test_an_address_with_a_nul_is_refused(house: House, path: str) -> None:
    answer = await house.ask(path)
    assert (answer.status, answer.detail) == (400, "an address with a NUL")
    assert "content-security-policy" in answer.headers

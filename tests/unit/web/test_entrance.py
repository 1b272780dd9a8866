"""The entrance before an application in memory: who is let in unasked, and who is not when nobody can tell."""

import ast
import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.web.asking import Answer, ask
from tests.unit.web.conftest import House

from collega.bootstrap.people.session_tokens import form_token
from collega.model.access import BY_TOKEN, OF_PEOPLE, Action, PersonRole
from collega.model.account import Person, SessionState
from collega.model.audit import AuditEntry
from collega.model.token import Token, TokenRight
from collega.web.access import ACCESS, STREAMS, ByWord, Open, door
from collega.web.entrance import SAFE, Entrance
from collega.web.pages import Front, Pages
from collega.web.sign_in import inside

SOURCES = Path(__file__).parents[3] / "src" / "collega" / "web"
TEMPLATES = SOURCES / "templates"
HERE = {"host": "127.0.0.1:8080"}
READER = Person(
    account_key=1,
    name="reader",
    full_name="R. Eader",
    roles=(PersonRole.RADIOLOGIST,),
    session_key=1,
    state=SessionState.OPEN,
    ends_at=datetime.now(UTC) + timedelta(hours=1),
)

TOKENS = {
    str(right): Token(name=str(right), rights=frozenset({right}), created_at=datetime.now(UTC), created_by="a test")
    for right in TokenRight
}


@dataclass
class Desk:
    """Who is known, in memory."""

    accounts: bool = False
    is_broken: bool = False
    asked: int = 0
    gone: bool = False
    logged: list[AuditEntry] = field(default_factory=list)

    async def has_accounts(self) -> bool:
        if self.is_broken:
            raise ConnectionError
        return self.accounts

    async def recognise(self, token: str, *, is_active: bool) -> Person | None:  # noqa: ARG002
        if self.is_broken:
            raise ConnectionError
        self.asked += 1
        if self.gone:
            return None
        return {"known": READER, "all": replace(READER, roles=(*OF_PEOPLE, PersonRole.SERVICE))}.get(token)

    async def token(self, secret: str) -> Token | None:
        if self.is_broken:
            raise ConnectionError
        return TOKENS.get(secret)

    async def record(self, entry: AuditEntry) -> None:
        self.logged.append(entry)


@dataclass
class Guarded:
    """The application behind its entrance."""

    house: House
    desk: Desk

    async def ask(
        self, path: str, headers: Mapping[str, str], client: str = "127.0.0.1", method: str = "GET"
    ) -> Answer:
        return await ask(self.house.app, path, method, headers=headers, client=client)


def guarded(house: House, front: Front, *, may_be_open: bool = True) -> Guarded:
    desk = Desk()
    house.app.add_middleware(Entrance, keeper=desk, log=desk, pages=Pages(front), may_be_open=may_be_open)
    return Guarded(house, desk)


@pytest.mark.shows("R64")
async def test_without_an_account_this_machine_is_let_in_by_its_own_name_and_nobody_else(
    house: House, front: Front
) -> None:
    one = guarded(house, front)
    page = await one.ask("/", HERE)
    assert page.status == 200
    assert "Nobody signs in here" in page.text, "each page says so"
    for host in ("localhost", "[::1]:8080"):
        assert (await one.ask("/", {"host": host})).status == 200
    assert (await one.ask("/", {"host": "evil.example"})).status == 401, "a name that resolves to this machine"
    assert (await one.ask("/", HERE, client="10.0.0.9")).status == 401
    for personal in ("/accounts", "/me", "/break-glass", "/broken-glass"):
        assert (await one.ask(personal, HERE)).status == 401, "nobody is somebody"
    one.desk.accounts = True
    assert (await one.ask("/", HERE)).status == 401, "with the first account that ends"


async def test_where_sign_in_is_required_nobody_is_let_in_unasked(house: House, front: Front) -> None:
    one = guarded(house, front, may_be_open=False)
    assert (await one.ask("/", HERE)).status == 401
    assert (await one.ask("/healthz", HERE)).status == 200
    assert (await one.ask("/metrics", HERE)).status == 200
    assert (await one.ask("/metrics", HERE, client="10.0.0.9")).status == 401


@pytest.mark.shows("R64")
async def test_a_monitor_elsewhere_reads_the_figures_with_a_right_of_its_own_and_nothing_else(
    house: House, front: Front
) -> None:
    one = guarded(house, front)
    one.desk.accounts = True

    async def status(path: str, token: TokenRight | str) -> int:
        headers = {**HERE, "authorization": f"Bearer {token}"}
        return (await one.ask(path, headers, client="10.0.0.9")).status

    assert await status("/metrics", TokenRight.METRICS) == 200
    assert await status("/metrics", "forged") == 401
    others = [right for right in TokenRight if right is not TokenRight.METRICS]
    assert [await status("/metrics", right) for right in others] == [403] * len(others)
    for path in ("/api/worklist", "/dicom-web/studies", "/fhir/Patient", "/api/disk", "/"):
        assert await status(path, TokenRight.METRICS) == 403, path


async def test_without_a_database_nobody_is_taken_for_somebody(house: House, front: Front) -> None:
    one = guarded(house, front)
    one.desk.is_broken = True
    assert (await one.ask("/api/worklist", HERE)).status == 503
    assert (await one.ask("/api/worklist", {**HERE, "cookie": "collega=known"})).status == 503
    assert (await one.ask("/healthz", HERE)).status == 200, "the monitor must hear of it"
    one.desk.is_broken = False
    assert (await one.ask("/", HERE)).status == 200
    one.desk.is_broken = True
    assert (await one.ask("/", HERE)).status == 200, "open a moment ago: the page itself says that it is stale"


async def test_who_is_known_sees_the_own_name_and_pages(house: House, front: Front) -> None:
    one = guarded(house, front)
    one.desk.accounts = True
    page = await one.ask("/", {**HERE, "cookie": "collega=known"})
    assert "R. Eader" in page.text
    assert 'href="/audit"' not in page.text
    assert "Nobody signs in here" not in page.text
    assert (await one.ask("/", {**HERE, "cookie": "__Host-collega=known"})).status == 401, "over TLS alone"
    refused = await one.ask("/audit", {**HERE, "cookie": "collega=known"})
    assert refused.status == 403
    assert [entry.actor for entry in one.desk.logged] == ["reader"]
    assert refused.headers["content-security-policy"].startswith("default-src 'self'")
    assert refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("right", list(TokenRight))
async def test_a_token_opens_what_its_right_names_and_nothing_else(
    house: House, front: Front, right: TokenRight
) -> None:
    one = guarded(house, front)
    one.desk.accounts = True
    shown = {**HERE, "authorization": f"Bearer {right}"}
    for (method, template), need in ACCESS.items():
        if not isinstance(need, Action) or template in STREAMS or need in BY_TOKEN[right]:
            continue
        answer = await one.ask(template, shown, method=method, client="10.0.0.9")
        assert answer.status == 403, (method, template)
        assert f"token {right}" in answer.text
    if right is TokenRight.READ:
        assert (await one.ask("/api/worklist", shown, client="10.0.0.9")).status == 200
    assert {entry.actor for entry in one.desk.logged} == {f"token {right}"}


async def test_a_wrong_token_opens_nothing_whatever_comes_with_it(house: House, front: Front) -> None:
    one = guarded(house, front)
    wrong = {**HERE, "authorization": "Bearer guessed", "cookie": "collega=known"}
    for path in ("/api/worklist", "/fhir/Patient", "/dicom-web/studies", "/"):
        answer = await one.ask(path, wrong)
        assert answer.status == 401, "nor is it let in as a program of this machine"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    told = json.loads((await one.ask("/fhir/Patient", wrong)).text)
    assert (told["resourceType"], told["issue"][0]["code"]) == ("OperationOutcome", "login")
    assert (await one.ask("/healthz", wrong)).status == 200
    assert (await one.ask("/api/worklist", {**HERE, "authorization": "Basic eA=="})).status == 200, (
        "of a proxy, not ours"
    )
    for token in TOKENS:
        assert (await one.ask("/me", {**HERE, "authorization": f"Bearer {token}"})).status == 403, "nobody's account"


async def test_every_change_asks_for_what_only_a_page_of_the_session_knows(house: House, front: Front) -> None:
    one = guarded(house, front)
    one.desk.accounts = True
    changes = [one for one, need in ACCESS.items() if one[0] not in SAFE and not isinstance(need, Open)]
    assert len(changes) > 25
    for method, template in changes:
        path = template.replace("{wanted}", "stop")
        for headers in ({}, {"x-form-token": "0" * 64}, {"origin": "https://evil.example"}):
            answer = await one.ask(path, {**HERE, "cookie": "collega=all", **headers}, method=method)
            assert answer.status == 403, (method, template)
            assert "of another" in answer.text, (method, template)


@pytest.mark.shows("R11")
async def test_five_thousand_links_come_through_as_one_form_and_ten_times_as_many_do_not(
    house: House, front: Front
) -> None:
    one = guarded(house, front)
    one.desk.accounts = True
    links = "%0A".join(f"https%3A%2F%2Fcollega.example%2Fs%2F{number:022d}" for number in range(5000))
    headers = {**HERE, "cookie": "collega=all", "content-type": "application/x-www-form-urlencoded"}
    for times, status in ((1, 404), (10, 413)):  # the address leads to no survey here
        body = f"form_token={form_token('all')}&links={links * times}".encode()
        answer = await ask(one.house.app, "/surveys/k/remind", "POST", body=body, headers=headers, client="127.0.0.1")
        assert answer.status == status


def test_every_form_of_every_page_sends_it() -> None:
    found = 0
    for page in TEMPLATES.glob("*.html"):
        for form in re.findall(r"<form\b.*?</form>", page.read_text(encoding="utf-8"), re.DOTALL):
            if 'method="post"' not in form:
                assert "form_token" not in form, "an address would show it"
                continue
            found += 1
            # No session yet; or none at all: a phone's key is a cookie that no other site makes it send.
            is_free = page.name in {"sign_in.html", "set_up.html", "survey_welcome.html", "survey_question.html"}
            by_script = page.name == "base.html" and 'action="/session/unlock"' in form
            assert is_free or by_script or 'name="form_token" value="{{ form_token }}"' in form, page.name
    assert found > 20


def test_only_what_is_made_here_goes_into_a_page_as_markup() -> None:
    def naming(files: Iterable[Path], what: str) -> set[str]:
        return {file.name for file in files if re.search(what, file.read_text(encoding="utf-8"))}

    raw, made = naming(TEMPLATES.glob("*.html"), r"\|\s*safe\b"), naming(SOURCES.rglob("*.py"), r"\bMarkup\(")
    # Rows that a template has made, a QR code, line breaks; drawings of time and value, a style sheet, the mark.
    assert raw == {"board.html", "discrepancies.html", "set_up.html", "timeline_figures.html"}
    assert made == {"timeline.py", "validations.py", "accuracy.py", "acceptance.py", "pages.py", "value.py"}


def test_no_page_calls_a_value_of_its_own_what_all_pages_have() -> None:
    taken = "role_words|visit|form_token|front|navigation|languages|path"
    for file in sorted({*SOURCES.rglob("*.py")} - {SOURCES / "pages.py"}):
        calls = [one for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(one, ast.Call)]
        named = [word.arg for call in calls if getattr(call.func, "attr", "") == "render" for word in call.keywords]
        assert not [name for name in named if name and re.fullmatch(taken, name)], file.name
    for page in TEMPLATES.glob("*.html"):
        assert not re.findall(rf"{{%\s*(?:set|for)\s+(?:\w+,\s*)?({taken})\b", page.read_text(encoding="utf-8")), (
            page.name
        )


def test_every_address_is_found_by_its_own_pattern() -> None:
    for (method, template), need in ACCESS.items():
        found = door(method, template.replace("{path:path}", "a/b").replace("{rest:path}", "Patient/1"))
        assert found.path == template or need == door(method, template).need
        assert isinstance(need, ByWord | Open) or found.need == need
    assert door("GET", "/nothing").need is None
    assert door("POST", "/stages/x/delete").need is None, "another word is for nobody"
    assert door("HEAD", "/").need == door("GET", "/").need


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "",
        "/a\r\nb",
        "/\t/e",
    ],
)
def test_signing_in_leads_on_within_this_site_alone(onward: str) -> None:
    assert inside(onward) == "/"
    assert inside("/timeline?lang=nl") == "/timeline?lang=nl"


async def test_the_streams_of_a_session_are_looked_after_together_and_end_with_it(house: House, front: Front) -> None:
    one = guarded(house, front)
    one.desk.accounts = house.hub.is_connected = True
    headers = {**HERE, "cookie": "collega=known"}
    streams = [asyncio.create_task(one.ask("/api/live", headers)) for _ in range(20)]
    await asyncio.sleep(2.5)  # two looks at each
    assert 20 + 2 <= one.desk.asked < 20 + 20, "each when it begins, then one look a second for all"
    one.desk.gone = True
    async with asyncio.timeout(4):
        answers = await asyncio.gather(*streams)
    assert all(answer.text.endswith("event: session\ndata: {}\n\n") for answer in answers)


async def test_whatever_changes_something_has_streams_looked_at_anew(house: House, front: Front) -> None:
    one = guarded(house, front)
    one.desk.accounts = house.hub.is_connected = True
    headers = {**HERE, "cookie": "collega=known"}
    first = asyncio.create_task(one.ask("/api/live", headers))
    await asyncio.sleep(0.5)
    second = asyncio.create_task(one.ask("/api/live", headers))
    await asyncio.sleep(0.6)  # the first was looked at: the second could rely on it
    one.desk.gone = True
    await one.ask("/sign-out", headers, method="POST")
    async with asyncio.timeout(0.9):
        assert (await second).text.endswith("event: session\ndata: {}\n\n")
    await first


async def test_rows_of_another_session_are_not_taken_for_those_of_this_one(house: House, front: Front) -> None:
    one = guarded(house, front)
    one.desk.accounts = True
    page = (await one.ask("/", {**HERE, "cookie": "collega=known"})).text
    made = re.findall(r'data-made="([^"]+)"', page)[0]
    for cookie, places in (("known", 1), ("all", 0)):
        text = (await one.ask(f"/board/rows?after={made}", {**HERE, "cookie": f"collega={cookie}"})).text
        assert text.count("data-same") == places, "its forms carry what belongs to a session"

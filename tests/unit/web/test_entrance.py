"""The entrance before an application in memory: who is let in unasked, and who is not when nobody can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.web.asking import Answer, ask
from tests.unit.web.conftest import House

from collega.model.access import PersonRole
from collega.model.account import Person, SessionState
from collega.model.audit import AuditEntry
from collega.web.access import ACCESS, ByWord, Open, door
from collega.web.entrance import Entrance
from collega.web.pages import Front, Pages
from collega.web.sign_in import inside

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


@dataclass
class Desk:
    """Who is known, in memory."""

    accounts: bool = False
    is_broken: bool = False
    logged: list[AuditEntry] = field(default_factory=list)

    async def has_accounts(self) -> bool:
        if self.is_broken:
            raise ConnectionError
        return self.accounts

    async def recognise(self, token: str, *, is_active: bool) -> Person | None:  # noqa: ARG002
        if self.is_broken:
            raise ConnectionError
        return READER if token == "known" else None  # noqa: S105 - no secret

    async def record(self, entry: AuditEntry) -> None:
        self.logged.append(entry)


@dataclass
class Guarded:
    """The application behind its entrance."""

    house: House
    desk: Desk

    async def ask(self, path: str, headers: Mapping[str, str], client: str = "127.0.0.1") -> Answer:
        return await ask(self.house.app, path, headers=headers, client=client)


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

"""Every role against every address of the running site: what the table says is what the server does."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest

from collega.bootstrap.auditing import read_audit
from collega.bootstrap.site import Asked
from collega.model.access import Action, PersonRole, may
from collega.web.access import ACCESS, ByWord, door
from tests.e2e.films import APPS, Film, wait_over, write_film
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.people import Tab, asked, enter
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R20", "R23", "R64")
HOSTILE = "<img src=x onerror=alert(1)>"
# What stands for the variable parts of an address; what is not there is "not found", after the right was asked.
PARTS = {"app_id": "probe", "app": "probe", "role": "reader", "name": "nobody", "what": "enable", "rest": "Patient"}


@dataclass(frozen=True, kw_only=True)
class House:
    site: Site
    film: Film
    tabs: dict[PersonRole, Tab]

    def path(self, template: str, word: str = "") -> str:
        values = {**PARTS, "study_instance_uid": self.film.study, "wanted": word or "stop"}
        return re.sub(r"\{(\w+)(?::path)?\}", lambda match: values.get(match[1], "999999"), template)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("rights")
    film = write_film(folder, "rights", PatientName="<script>alert(1)</script>")
    with site(folder / "site", pacs=None, apps=[APPS]) as one:
        one.start()
        dcmsend(one.dicom_port, film.path)
        wait_over(one, film.study, page=False)  # while nobody has an account, programs of this machine are let in
        tokens = enter(one, {str(role).replace("_", "-"): (role,) for role in PersonRole})
        tabs = {role: Tab(site=one, token=tokens[str(role).replace("_", "-")]) for role in PersonRole}
        yield House(site=one, film=film, tabs=tabs)


def lines_of(house: House) -> list[dict[str, Any]]:
    """Read the audit record."""

    async def read(transaction: Asked) -> list[dict[str, Any]]:
        return await read_audit(transaction, patient="", actor="", since=None, limit=10000)

    return asked(house.site, read)


# These end or lock a session, or answer 401 themselves: they have tests of their own.
ELSEWHERE = frozenset({"/sign-out", "/session/lock", "/session/unlock", "/api/live"})


def cells() -> Iterator[tuple[str, str, str, Action]]:
    """Give each address with the right that it asks for."""
    for (method, template), need in ACCESS.items():
        if isinstance(need, Action) and template not in ELSEWHERE:
            yield method, template, "", need
        elif isinstance(need, ByWord):
            yield from ((method, template, word, action) for word, action in need.actions.items())


@pytest.mark.parametrize("role", list(PersonRole))
def test_each_cell_of_the_table_is_what_the_server_does(house: House, role: PersonRole) -> None:
    tab = house.tabs[role]
    wrong = {}
    for method, template, word, action in cells():
        path = house.path(template, word)
        reply = tab.ask(method, path) if method in {"GET", "OPTIONS"} else tab.post(path)
        refused = reply.status == 403
        assert reply.status not in {401, 423, 500, 503}, (method, template, reply.text)
        if refused == may([role], action):
            wrong[method, template, word] = (reply.status, reply.text[:100])
    assert not wrong


def test_nobody_is_let_in_without_a_session_and_every_address_stands_in_the_table(house: House) -> None:
    nobody = Tab(site=house.site)
    for method, template, word, _ in cells():
        reply = nobody.ask(method, house.path(template, word))
        assert reply.status == 401, (method, template)
        assert house.film.study not in reply.text
    described = house.tabs[PersonRole.AI_LEAD].get("/openapi.json").json()["paths"]
    found = {(method.upper(), house.path(path)) for path, methods in described.items() for method in methods}
    assert len(found) > 50
    assert not [one for one in found if door(*one).need is None]
    assert nobody.ask("GET", "/healthz").status == 200
    assert nobody.get("/api/live").status == 303
    assert nobody.ask("DELETE", "/api/worklist").status == 401


def test_views_and_refusals_are_logged_under_the_person(house: House) -> None:
    house.tabs[PersonRole.RADIOLOGIST].get("/")
    house.tabs[PersonRole.MANAGER].get("/")
    house.tabs[PersonRole.MANAGER].get(f"/studies/{house.film.study}/apps/probe")
    lines = lines_of(house)
    by_person = {(line["event"], line["actor"]) for line in lines}
    assert ("board viewed", "radiologist") in by_person
    assert ("study viewed", "radiologist") in by_person
    assert ("access refused", "manager") in by_person
    assert ("board viewed", "manager") not in by_person
    assert ("fhir read", "service") in by_person
    refused = next(line for line in lines if line["event"] == "access refused" and line["actor"] == "manager")
    assert (refused["outcome"], refused["address"]) == (4, LOOPBACK)
    assert house.film.study not in json.dumps(refused["payload"])


def test_a_change_of_another_page_or_without_its_token_is_refused(house: House) -> None:
    tab = house.tabs[PersonRole.AI_LEAD]
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    path = "/stages/probe/stop"
    assert tab.ask("POST", path, "reason=x", **form).status == 403
    assert tab.ask("POST", path, "reason=x&form_token=" + "0" * 64, **form).status == 403
    assert tab.ask("POST", path, "reason=x", X_Form_Token="").status == 403
    good = {"X_Form_Token": house.tabs[PersonRole.MANAGER].token}
    assert tab.ask("POST", path, "reason=x", **good, **form).status == 403
    for elsewhere in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "null"}):
        tab.headers = {name.replace("_", "-"): value for name, value in elsewhere.items()}
        assert tab.post(path, reason="x").status == 403
    tab.headers = {}
    assert "ai-lead" not in tab.get("/stages").text
    assert tab.post(path, reason="a test", by="somebody else").status == 303
    shown = tab.get("/stages").text
    assert "ai-lead: suspended" in shown, "who has signed in answers for it, whatever name a form gives"
    assert "somebody else" not in shown
    assert tab.post("/stages/probe/resume", reason="a test").status == 303


def test_names_of_people_and_patients_stay_text(house: House) -> None:
    keeper = house.tabs[PersonRole.ADMINISTRATOR]
    reply = keeper.post("/accounts", name="mallory", full_name=HOSTILE, role="manager")
    assert reply.status == 200
    for page in (reply.text, keeper.get("/accounts").text, house.tabs[PersonRole.RADIOLOGIST].get("/").text):
        assert "<img src=x" not in page
        assert "<script>alert" not in page
    assert "&lt;img src=x" in keeper.get("/accounts").text
    link = re.search(r'id="link">[^<]*?(/set-up/[^<]+)<', reply.text)
    assert link
    setup = Tab(site=house.site).get(link[1])
    assert "&lt;img src=x" in setup.text
    assert "<form_token/>" not in setup.text


def test_filters_and_names_are_values_not_statements(house: House) -> None:
    officer, nobody, keeper = (
        house.tabs[PersonRole.PRIVACY_OFFICER],
        Tab(site=house.site),
        house.tabs[PersonRole.ADMINISTRATOR],
    )
    for word in ("' OR '1'='1", "'; DROP TABLE account; --", "%27%20OR%201=1", "\\", "x' UNION SELECT 1"):
        for field in ("patient", "actor"):
            reply = officer.get(f"/audit?{field}={quote(word)}")
            assert reply.status == 200
            assert house.film.study not in reply.text.partition("<tbody>")[2]
        assert nobody.post("/sign-in", name=word, password=word, code=word).status in {401, 429}
        assert keeper.post(f"/accounts/{quote(word, safe='')}/enable").status in {404, 403, 422}
    assert keeper.get("/accounts").text.count('id="account-') >= len(PersonRole)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../pyproject.toml",
        "/static/%2e%2e/%2e%2e/bootstrap/site.py",
        "/static/..%2f..%2fweb/access.py",
        "/static//etc/passwd",
        "/static/%00",
        "/set-up/../api/worklist",
        "/sign-in/../api/worklist",
        "//api/worklist",
        "/api/worklist/",
        "/API/WORKLIST",
        "/healthz/../api/worklist",
        "/api/worklist%00",
    ],
)
def test_no_way_leads_around_the_entrance(house: House, path: str) -> None:
    reply = Tab(site=house.site).ask("GET", path)
    assert reply.status in {400, 401, 404, 303}
    assert house.film.study not in reply.text
    assert "import " not in reply.text


def test_a_disabled_account_and_a_changed_role_count_from_the_next_request(house: House) -> None:
    tab = Tab(site=house.site, token=enter(house.site, {"leaver": (PersonRole.RADIOLOGIST,)})["leaver"])
    assert tab.get("/").status == 200
    house.site.command("accounts", "roles", "leaver", "--role", "manager")
    assert tab.get("/").status == 403
    assert house.tabs[PersonRole.ADMINISTRATOR].post("/accounts/leaver/disable").status == 200
    assert tab.get("/catalogue").status == 303
    last = house.tabs[PersonRole.ADMINISTRATOR].post("/accounts/administrator/disable")
    assert last.status == 422
    assert "last administrator" in last.text


def test_glass_is_broken_for_a_reason_for_a_time_and_the_privacy_officer_reads_it(house: House) -> None:
    keeper = house.tabs[PersonRole.ADMINISTRATOR]
    assert keeper.get("/").status == 403
    assert keeper.post("/break-glass", role="radiologist", reason="short").status == 422
    assert keeper.post("/break-glass", role="privacy_officer", reason="I want to hide something").status == 422
    assert keeper.post("/break-glass", role="radiologist", reason="All screens are dark, patient waits").status == 303
    board = keeper.get("/")
    assert board.status == 200
    assert "Emergency access until" in board.text
    officer = house.tabs[PersonRole.PRIVACY_OFFICER]
    listed = officer.get("/broken-glass").text
    assert "All screens are dark" in listed
    key = re.search(r"/broken-glass/(\d+)", listed)
    assert key
    assert officer.post(f"/broken-glass/{key[1]}").status == 303
    assert officer.post(f"/broken-glass/{key[1]}").status == 404
    events = {(line["event"], line["actor"]) for line in lines_of(house)}
    assert {("glass broken", "administrator"), ("glass reviewed", "privacy-officer")} <= events

    async def later(transaction: Asked) -> None:
        await transaction.run("UPDATE broken_glass SET ends_at = now()")

    asked(house.site, later)
    assert keeper.get("/").status == 403


def test_a_stream_ends_when_its_session_is_locked_or_ended(house: House) -> None:
    for how in ("/session/lock", "/sign-out"):
        token = enter(house.site, {f"reader{how[-3:]}": (PersonRole.RADIOLOGIST,)})[f"reader{how[-3:]}"]
        tab = Tab(site=house.site, token=token)
        connection = HTTPConnection(LOOPBACK, house.site.web_port, timeout=10)
        connection.request("GET", "/api/live", headers={"Cookie": f"collega={token}"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read1().startswith(b"retry")
        assert tab.post(how).status in {204, 303}
        rest = answer.read()  # to its end, which comes
        assert rest.endswith(b"event: session\ndata: {}\n\n")
        connection.close()
        assert tab.ask("GET", "/api/live").status in {401, 423}

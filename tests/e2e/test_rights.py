"""Every role against every address of the running site: what the table says is what the server does."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from collega.bootstrap.site import Asked
from collega.bootstrap.upkeep.auditing import read_audit
from collega.model.access import BY_TOKEN, Action, PersonRole, may
from collega.model.token import TokenRight
from collega.web.access import ACCESS, ByWord, door
from tests.e2e.browser import NARROW, browser, overflow, page, violations
from tests.e2e.films import APPS, PROBE, Film, wait_over, write_film
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
    second: Film
    tabs: dict[PersonRole, Tab]

    def path(self, template: str, word: str = "") -> str:
        values = {**PARTS, "study_instance_uid": self.film.study, "wanted": word or "stop"}
        return re.sub(r"\{(\w+)(?::path)?\}", lambda match: values.get(match[1], "999999"), template)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("rights")
    patient: dict[str, Any] = {"PatientName": "<script>alert(1)</script>", "PatientID": HOSTILE}
    film = write_film(folder, "rights", **patient, AccessionNumber='"><svg onload=x>')
    second = write_film(folder, "second", **patient, StudyDescription="not suitable")
    apps = [APPS, hostile_app(folder / "apps")]
    with site(folder / "site", pacs=None, apps=apps, settings={"COLLEGA_DEFAULT_STAGE": "pilot"}) as one:
        one.start()
        dcmsend(one.dicom_port, film.path, second.path)
        for sent in (film, second):
            wait_over(one, sent.study, page=False)  # while nobody has an account, programs of this machine are let in
        tokens = enter(one, {str(role).replace("_", "-"): (role,) for role in PersonRole})
        tabs = {role: Tab(site=one, token=tokens[str(role).replace("_", "-")]) for role in PersonRole}
        yield House(site=one, film=film, second=second, tabs=tabs)


def hostile_app(folder: Path) -> Path:
    """Write an app whose every word is markup; its vendor may be anybody."""
    shutil.copytree(PROBE, folder / "hostile")
    for name, changes in {
        "app.toml": {
            '"probe"': '"hostile"',
            '"Probe"': f'"{HOSTILE}"',
            '"Proef"': f'"{HOSTILE}"',
            "pneumonia-like opacity": HOSTILE,
        },
        "probe.py": {"the film shows no chest": HOSTILE},
    }.items():
        file = folder / "hostile" / name
        text = file.read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    return folder


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


@pytest.mark.parametrize("right", list(TokenRight))
def test_a_service_token_may_what_its_right_names(house: House, right: TokenRight) -> None:
    secret = house.site.command("tokens", "new", f"of-{right}", "--may", right).split()[-1]
    tab = Tab(site=house.site, headers={"Authorization": f"Bearer {secret}"})
    wrong = {}
    for method, template, word, action in cells():
        reply = tab.ask(method, house.path(template, word))
        assert reply.status not in {401, 423, 500, 503}, (method, template, reply.text)
        if (reply.status == 403) == (action in BY_TOKEN[right]):
            wrong[method, template, word] = (reply.status, reply.text[:100])
    assert not wrong
    house.site.command("tokens", "revoke", f"of-{right}")
    assert tab.ask("GET", "/api/worklist").status == 401


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
    house.tabs[PersonRole.RADIOLOGIST].get(f"/studies/{house.film.study}")
    house.tabs[PersonRole.SERVICE].ask("GET", "/fhir/Patient")
    house.tabs[PersonRole.MANAGER].get("/")
    house.tabs[PersonRole.MANAGER].get(f"/studies/{house.film.study}/apps/probe")
    lines = lines_of(house)
    by_person = {(line["event"], line["actor"]) for line in lines}
    assert ("board viewed", "radiologist") in by_person
    assert ("study viewed", "radiologist") in by_person
    assert ("access refused", "manager") in by_person
    assert ("board viewed", "manager") not in by_person
    assert ("patient read", "service") in by_person
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


def test_who_has_signed_in_answers_for_what_is_said(house: House) -> None:
    radiologist, seh = house.tabs[PersonRole.RADIOLOGIST], house.tabs[PersonRole.EMERGENCY_PHYSICIAN]
    lead, officer = house.tabs[PersonRole.AI_LEAD], house.tabs[PersonRole.PRIVACY_OFFICER]
    study = f"/studies/{house.film.study}"
    said = {"reader": "mallory", "by": "mallory"}
    finding = {"app": "hostile", "finding": "pneumonia", "opinion": "disagree", "remark": HOSTILE}
    goal = {"kpi": "ppv", "target": "50", "by": "2027-03-01", "guard": HOSTILE, "reader": "mallory"}
    for tab, path, form in (
        (radiologist, f"{study}/opinions", {**finding, **said}),
        (radiologist, f"{study}/missed", {"what": HOSTILE, "remark": HOSTILE, **said}),
        (seh, f"{study}/first-look", {"found": "absent", "called": "no", **said}),
        (radiologist, f"{study}/report-read", {"found": "present", **said}),
        (lead, "/pilots/hostile/goals", goal),
        (officer, "/objections", {"patient_id": HOSTILE, "reason": HOSTILE, **said}),
    ):
        reply = tab.post(path, **form)
        assert reply.status == 303, (path, reply.text)
        assert not reply.cookies, "no name is remembered where people sign in"
    told = house.tabs[PersonRole.SERVICE].ask("GET", f"/api{study}").json()
    actors = {event["kind"]: event["actor"] for event in told["events"]}
    assert (actors["opinion"], actors["missed_marked"]) == ("radiologist", "radiologist")
    assert actors["first_sight"] == "emergency-physician"
    assert "mallory" not in json.dumps(told)
    for tab, path in ((officer, "/objections"), (lead, "/pilots/hostile"), (radiologist, study)):
        text = tab.get(path).text
        assert "mallory" not in text
        assert 'autocomplete="name"' not in text, "nobody is asked for a name"


@contextmanager
def tab_of(house: House, chromium: Browser, role: PersonRole, theme: str) -> Iterator[Page]:
    """Open a page in a browser in which somebody has signed in."""
    with page(chromium, size=NARROW, theme=theme) as tab:
        root = f"http://{LOOPBACK}:{house.site.web_port}"
        tab.context.add_cookies([{"name": "collega", "value": house.tabs[role].token, "url": root}])
        yield tab


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_pages_are_for_everybody_who_has_signed_in(house: House, theme: str) -> None:
    root, study = f"http://{LOOPBACK}:{house.site.web_port}", f"/studies/{house.film.study}"
    with browser() as chromium:
        for role, paths in {
            PersonRole.RADIOLOGIST: (
                *(f"{study}?lang=nl", "/night?lang=nl", f"{study}/apps/probe"),
                *("/studies?accession_number=unknown", "/accounts"),
            ),
            PersonRole.AI_LEAD: (study, "/pilots/probe"),
            PersonRole.PRIVACY_OFFICER: ("/objections?lang=nl", "/broken-glass"),
        }.items():
            with tab_of(house, chromium, role, theme) as tab:
                for path in paths:
                    tab.goto(root + path)
                    assert violations(tab) == [], (role, path)
                    assert overflow(tab) == 0, (role, path)
        with tab_of(house, chromium, PersonRole.RESIDENT, theme) as tab:
            tab.goto(f"{root}{study}?lang=en")
            tab.keyboard.press("j")
            tab.keyboard.press("a")
            expect(tab.locator('button[value="agree"][aria-pressed="true"]')).to_have_count(1)
            tab.get_by_role("button", name="Lock", exact=True).click()
            expect(tab.locator("dialog#locked")).to_be_visible()
            tab.keyboard.press("Tab")
            tab.keyboard.press("d")
            expect(tab.locator('button[value="disagree"][aria-pressed="true"]')).to_have_count(0)
        with tab_of(house, chromium, PersonRole.RESIDENT, theme) as tab:
            tab.goto(root + study)
            expect(tab).to_have_url(re.compile("/locked"))

    async def unlock(transaction: Asked) -> None:
        await transaction.run("UPDATE web_session SET locked_at = NULL")

    asked(house.site, unlock)


def test_what_became_of_first_looks_is_for_who_looked(house: House) -> None:
    seh = house.tabs[PersonRole.EMERGENCY_PHYSICIAN]
    others = [house.tabs[role] for role in (PersonRole.AI_LEAD, PersonRole.RESIDENT)]
    now = datetime.now(UTC)
    night = (now - timedelta(days=(now.weekday() - 1) % 7 + 7)).replace(hour=2, minute=0)

    async def then(transaction: Asked) -> None:
        await transaction.run("UPDATE study SET first_received_at = %s", (night,))

    asked(house.site, then)
    assert seh.post(f"/studies/{house.film.study}/first-look", found="absent", called="no").status == 303
    read = house.tabs[PersonRole.RADIOLOGIST].post(f"/studies/{house.film.study}/report-read", found="present")
    assert read.status == 303
    address = f"/api/night?morning={night.date()}"
    assert seh.ask("GET", address).json()["figures"]["corrected"]["n"] == 1
    for tab in others:
        told = tab.ask("GET", address).json()
        assert (told["figures"]["looked"], told["figures"]["corrected"]) == (1, None)
        assert told["lately"]["figures"]["first_agrees"] is None
        assert "fewer than five" in tab.get(f"/night?morning={night.date()}&lang=en").text


def test_whatever_comes_from_elsewhere_stays_text(house: House) -> None:
    radiologist, officer = house.tabs[PersonRole.RADIOLOGIST], house.tabs[PersonRole.PRIVACY_OFFICER]
    seen = ""
    for tab, path in (
        *((radiologist, path) for path in ("/", "/night", "/catalogue", "/catalogue/hostile", "/stages", "/timeline")),
        *(
            (radiologist, f"/studies/{one.study}{part}")
            for one in (house.film, house.second)
            for part in ("", "/timeline", "/apps/hostile", "/overlays")
        ),
        (radiologist, f"/studies?accession_number={quote(HOSTILE)}"),
        (radiologist, "/pilots/hostile"),
        (officer, "/objections"),
        (officer, f"/audit?patient={quote(HOSTILE)}&actor={quote(HOSTILE)}"),
    ):
        reply = tab.get(path)
        assert reply.status in {200, 404}, (path, reply.status)
        assert reply.headers["x-content-type-options"] == "nosniff"
        if "html" in reply.headers["content-type"]:
            for markup in ("<img src=x", "<script>alert", "<svg onload"):
                assert markup not in reply.text, path
            seen += reply.text
    assert seen.count("&lt;img src=x") > 10, "it was there to be shown"


def test_names_of_people_and_patients_stay_text(house: House) -> None:
    keeper = house.tabs[PersonRole.ADMINISTRATOR]
    reply = keeper.post("/accounts", name="mallory", full_name=HOSTILE, role="manager")
    assert reply.status == 200
    for text in (reply.text, keeper.get("/accounts").text, house.tabs[PersonRole.RADIOLOGIST].get("/").text):
        assert "<img src=x" not in text
        assert "<script>alert" not in text
    assert "&lt;img src=x" in keeper.get("/accounts").text
    link = re.search(r'id="link">[^<]*?(/set-up/[^<]+)<', reply.text)
    assert link
    setup = Tab(site=house.site).get(link[1])
    assert "&lt;img src=x" in setup.text
    assert "<form_token/>" not in setup.text


def test_filters_and_names_are_values_not_statements(house: House) -> None:
    officer, nobody, keeper, reader = (
        house.tabs[PersonRole.PRIVACY_OFFICER],
        Tab(site=house.site),
        house.tabs[PersonRole.ADMINISTRATOR],
        house.tabs[PersonRole.RADIOLOGIST],
    )
    for word in ("' OR '1'='1", "'; DROP TABLE account; --", "\\"):
        for field in ("patient", "actor"):
            reply = officer.get(f"/audit?{field}={quote(word)}")
            assert reply.status == 200
            assert house.film.study not in reply.text.partition("<tbody>")[2]
        assert nobody.post("/sign-in", name=word, password=word, code=word).status in {401, 429}
        assert keeper.post(f"/accounts/{quote(word, safe='')}/enable").status in {404, 403, 422}
        value = quote(word, safe="")
        for path in (
            f"/studies?accession_number={value}",
            f"/studies/{value}",
            f"/studies/{value}/images/{value}/1",
            f"/night?morning={value}",
            f"/pilots/{value}?days={value}",
            f"/catalogue/{value}",
            f"/timeline?days={value}&app={value}",
            f"/api/coverage?days={value}",
            f"/dicom-web/studies?PatientName={value}&StudyDate={value}",
            f"/dicom-web/studies?AccessionNumber={value}&limit={value}",
            f"/dicom-web/studies/{value}/series?Modality={value}",
        ):
            reply = reader.ask("GET", path)
            assert reply.status < 500, (path, reply.text)
            assert house.film.study not in reply.text, path
        for path in (f"/fhir/Patient?identifier={value}", f"/fhir/ImagingStudy?patient={value}&_count={value}"):
            reply = house.tabs[PersonRole.SERVICE].ask("GET", path)
            assert reply.status < 500, (path, reply.text)
            assert house.film.study not in reply.text, path
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


@pytest.mark.parametrize(
    "path",
    [
        "{study}/images/..%2f..%2f..%2fpg%2fPG_VERSION/1",
        "{study}/images/../../../pg/PG_VERSION/1",
        "{study}/apps/probe/kept/..%2f..%2fresult.json",
        "{study}/apps/..%2fprobe/kept/0",
        "{study}/apps/%2e%2e/kept/0",
        "/dicom-web{study}/series/..%2f..%2f/instances/..%2f..%2fetc%2fpasswd",
        "/dicom-web{study}/series/1.2/instances/1.2/bulkdata/..%2f..%2fetc%2fpasswd",
        "/dicom-web/studies/..%2f..%2fetc%2fpasswd/metadata",
        "/catalogue/..%2f..%2fetc",
        "/catalogue/probe/..%2f..%2fapp.toml",
        "/pilots/..%2fprobe",
        "/launch/{study}/..%2fprobe",
    ],
)
def test_no_address_names_a_file_outside(house: House, path: str) -> None:
    for role in (PersonRole.RADIOLOGIST, PersonRole.SERVICE):
        reply = house.tabs[role].ask("GET", path.format(study=f"/studies/{house.film.study}"))
        assert reply.status in {400, 403, 404, 422}, reply.text
        assert "root:" not in reply.text


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

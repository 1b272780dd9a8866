"""Signing in with a real browser: by the link, locked and unlocked, two tabs, the hospital's account, TLS."""

import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from collega.testing.oidc_provider import OidcProvider, oidc_provider
from tests.e2e.browser import NARROW, browser, overflow, page, profile, violations
from tests.e2e.certificates import Authority
from tests.e2e.films import APPS
from tests.e2e.peers import LOOPBACK
from tests.e2e.people import PASSWORD, Tab, asked
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R20", "R59", "R64")
KEEPER = "keeper"

ONE_LINE_PX = 60  # of the head of a page
THREE_LINES_PX = 110  # of an open group of the menu, on a phone
HEIGHT_PX = 800


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    people = {
        "anna": {"name": "Anna <b>Jansen</b>", "groups": ["rad-staff", "parking"]},
        "guest": {"name": "Guest", "groups": ["parking"]},
    }
    with oidc_provider(people=people) as one:
        yield one


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, provider: OidcProvider) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("sign-in")
    secret = folder / "secret"
    secret.write_text(provider.client_secret)
    settings = {
        "COLLEGA_WEB__SIGN_IN": "required",
        "COLLEGA_ACCESS__OIDC_ISSUER": provider.issuer,
        "COLLEGA_ACCESS__OIDC_CLIENT_ID": provider.client_id,
        "COLLEGA_ACCESS__OIDC_CLIENT_SECRET_FILE": str(secret),
        "COLLEGA_ACCESS__OIDC_ROLES": "rad-staff=radiologist",
    }
    with site(folder / "site", pacs=None, apps=[APPS], settings=settings) as one:
        one.start()
        yield one


def address(house: Site, path: str) -> str:
    return f"http://{LOOPBACK}:{house.web_port}{path}"


def free_codes(house: Site) -> None:
    """Let the code of this moment count again: a test does not wait half a minute for the next one."""

    async def free(transaction: Any) -> None:
        await transaction.run("UPDATE account SET totp_step = 0")
        await transaction.run("DELETE FROM sign_in_pause")

    asked(house, free)


def fill(tab: Page, **fields: str) -> None:
    for name, value in fields.items():
        tab.locator(f"main input[name={name}]").fill(value)
    tab.keyboard.press("Enter")


def is_for_everybody(tab: Page) -> None:
    """Hold a page against the rules in both themes, at the width of a phone."""
    for theme in ("dark", "light"):
        tab.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        assert violations(tab) == [], theme
    assert overflow(tab) == 0


@pytest.fixture(scope="module")
def secret(house: Site, chromium: Browser) -> str:
    """Set up the administrator by the link that `serve` printed, by keyboard alone; gives the key of the codes."""
    found = re.search(r"open (http\S+/set-up/\S+)", house.log())
    assert found, house.log()
    with page(chromium, size=NARROW, theme="light") as tab:
        tab.goto(found[1])
        key = tab.locator("#secret").inner_text()
        is_for_everybody(tab)
        for word in (KEEPER, "Karel de Beheerder", PASSWORD, "000000"):
            tab.keyboard.press("Tab") if word != KEEPER else tab.locator("input[name=name]").focus()
            tab.keyboard.type(word)
        tab.keyboard.press("Enter")
        expect(tab.locator(".fault")).to_have_text("That is not the code of this moment.")
        is_for_everybody(tab)
        fill(tab, name=KEEPER, full_name="Karel de Beheerder", password=PASSWORD, code=pyotp.TOTP(key).now())
        expect(tab.locator(".codes li")).to_have_count(10)
        is_for_everybody(tab)
        tab.get_by_role("link", name="Go on").click()
        expect(tab.locator("main")).to_contain_text("Karel de Beheerder (keeper): administrator")
        tab.goto(found[1])
        expect(tab.locator("main")).to_contain_text("does not count any more")
        is_for_everybody(tab)
    return key


def sign_in(tab: Page, house: Site, secret: str, onward: str = "") -> None:
    free_codes(house)
    tab.goto(address(house, "/sign-in" + onward))
    fill(tab, name=KEEPER, password=PASSWORD, code=pyotp.TOTP(secret).now())
    expect(tab.locator(".who")).to_contain_text("Karel de Beheerder")


def test_a_page_that_was_asked_for_comes_after_signing_in(house: Site, secret: str, chromium: Browser) -> None:
    free_codes(house)
    with page(chromium) as tab:
        tab.goto(address(house, "/accounts?lang=nl"))
        expect(tab).to_have_url(re.compile(r"/sign-in\?onward=%2Faccounts%3Flang%3Dnl"))
        fill(tab, name=KEEPER, password="wrong", code="000000")  # noqa: S106
        expect(tab.locator(".fault")).to_contain_text("is not right")
        fill(tab, name=KEEPER, password=PASSWORD, code=pyotp.TOTP(secret).now())
        expect(tab).to_have_url(address(house, "/accounts?lang=nl"))
        expect(tab.locator("h1")).to_have_text("Accounts")
        (cookie,) = [one for one in tab.context.cookies() if one["name"] == "collega"]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        assert tab.evaluate("document.cookie.includes('collega=')") is False
        assert not tab.locator("nav a", has_text="Werklijst").count(), "the administrator is not offered the board"
        tab.goto(address(house, "/"))
        expect(tab.locator("main")).to_contain_text("Uw rol heeft dit recht niet")


def test_a_planted_session_is_worth_nothing_and_the_old_one_ends(house: Site, secret: str) -> None:
    planted = Tab(site=house, token="planted-by-somebody-else")  # noqa: S106
    free_codes(house)
    form = {"name": KEEPER, "password": PASSWORD}
    first = planted.post("/sign-in", **form, code=pyotp.TOTP(secret).now())
    assert first.status == 303
    assert not any("planted" in cookie for cookie in first.cookies)
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in first.cookies)
    assert planted.get("/me").status == 303
    tab = Tab(site=house).took(first)
    assert tab.get("/me").status == 200
    free_codes(house)
    second = tab.post("/sign-in", **form, code=pyotp.TOTP(secret).now(), onward="//evil.example/")
    assert second.headers["location"] == "/catalogue", "onward leads to this site alone"
    assert tab.get("/me").status == 303, "the session that this browser had is over"
    assert Tab(site=house).took(second).get("/me").status == 200


def test_an_untouched_page_locks_and_stays(house: Site, secret: str, chromium: Browser) -> None:
    async def age(transaction: Any) -> None:
        await transaction.run("UPDATE web_session SET active_at = now() - interval '16 min'")

    with profile(chromium) as context:
        tab, other = context.new_page(), context.new_page()
        sign_in(tab, house, secret)
        tab.goto(address(house, "/accounts"))
        other.goto(address(house, "/catalogue"))
        tab.locator("input[name=full_name]").last.fill("half a name")
        asked(house, age)
        for one in (tab, other):
            expect(one.locator("dialog#locked")).to_be_visible()
        assert violations(tab) == []
        assert tab.evaluate("getComputedStyle(document.querySelector('dialog'), '::backdrop').backgroundColor") != ""
        answer = context.request.get(address(house, "/accounts"), headers={"Accept": "application/json"})
        assert answer.status == 423, "what the page covers the server does not give either"
        tab.keyboard.press("Escape")
        expect(tab.locator("dialog#locked")).to_be_visible()
        tab.keyboard.type("not this")
        tab.keyboard.press("Enter")
        expect(tab.locator("dialog .fault")).to_be_visible()
        tab.keyboard.type(PASSWORD)
        tab.keyboard.press("Enter")
        for one in (tab, other):
            expect(one.locator("dialog#locked")).to_be_hidden()
        expect(tab.locator("input[name=full_name]").last).to_have_value("half a name")
        other.get_by_role("button", name="Sign out").click()
        expect(other).to_have_url(re.compile("/sign-in"))
        expect(tab).to_have_url(re.compile("/sign-in"))
        assert "half a name" not in tab.content()


def is_shown(tab: Page, where: str) -> bool:
    """Open a page, also the one that says for whom it is not; false where the database is too busy to say who asks."""
    answer = tab.goto(where)
    assert answer is not None
    assert answer.status in {200, 403, 503}
    return answer.status != 503


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_is_for_everybody(house: Site, secret: str, chromium: Browser, theme: str) -> None:
    with page(chromium, size=NARROW, theme=theme) as tab:
        tab.goto(address(house, "/sign-in"))
        assert violations(tab) == []
        assert overflow(tab) == 0
        sign_in(tab, house, secret)
        for path in ("/me?lang=nl", "/accounts", "/break-glass", "/", "/stages"):
            wait_for(lambda: is_shown(tab, address(house, path)), f"{path} is shown")  # noqa: B023
            assert violations(tab) == [], path
            assert overflow(tab) == 0, path
        groups = tab.locator(".top details.group > summary")
        tab.evaluate("window.isSamePage = true")
        for width in (NARROW[0], 1280):
            tab.set_viewport_size({"width": width, "height": HEIGHT_PX})
            for place in range(groups.count()):
                groups.nth(place).press("Enter")
                expect(tab.locator(".top details[open] a").first).to_be_visible()
                assert violations(tab) == [], width
                assert overflow(tab) == 0, width
                tab.keyboard.press("Tab")
                expect(tab.locator(".top details[open] a").first).to_be_focused()
                tab.keyboard.press("Escape")
                expect(groups.nth(place)).to_be_focused()
                expect(tab.locator(".top details[open]")).to_have_count(0)
                groups.nth(place).click()
                if width == NARROW[0]:
                    shown = tab.locator(".top details[open] div")
                    assert shown.evaluate("one => one.offsetHeight") <= THREE_LINES_PX, "what is more scrolls"
                tab.mouse.click(1, HEIGHT_PX - 1)  # the edge of the page: the heading may lie under the open group
                expect(tab.locator(".top details[open]")).to_have_count(0)
        assert tab.evaluate("window.isSamePage"), "the group was closed, not its page opened anew"
        assert groups.count() > 0
        assert tab.locator(".top").evaluate("one => one.offsetHeight") < ONE_LINE_PX
        tab.goto(address(house, "/me?lang=en"))
        tab.get_by_role("button", name="Lock", exact=True).click()
        expect(tab.locator("dialog#locked")).to_be_visible()
        tab.goto(address(house, "/me"))
        expect(tab).to_have_url(re.compile("/locked"))
        assert violations(tab) == []
        assert overflow(tab) == 0


def test_the_hospitals_account_enters_with_the_roles_of_its_groups(
    house: Site, provider: OidcProvider, secret: str, chromium: Browser
) -> None:
    assert secret
    with page(chromium) as tab:
        tab.goto(address(house, "/catalogue"))
        tab.get_by_role("link", name="Sign in with hospital account").click()
        tab.locator("input[name=user]").fill("anna")
        tab.keyboard.press("Enter")
        expect(tab).to_have_url(address(house, "/catalogue"))
        expect(tab.locator(".who")).to_contain_text("Anna <b>Jansen</b>")
        tab.get_by_role("button", name="Sign out").click()
        expect(tab).to_have_url(re.compile(rf"{house.web_port}/sign-in"))
        assert "/end" in provider.asked
    provider.rotate()
    with page(chromium) as tab:
        wait_for_old_keys()
        tab.goto(address(house, "/sign-in/hospital"))
        tab.locator("input[name=user]").fill("anna")
        tab.keyboard.press("Enter")
        expect(tab.locator(".who")).to_contain_text("Anna")
    with page(chromium) as tab:
        tab.goto(address(house, "/sign-in/hospital"))
        tab.locator("input[name=user]").fill("guest")
        tab.keyboard.press("Enter")
        expect(tab.locator(".fault")).to_contain_text("none of your groups has a role")


def wait_for_old_keys() -> None:
    """Keys are asked for anew once in five seconds at most."""
    time.sleep(5.1)


def test_an_answer_of_the_provider_counts_once_and_in_the_browser_that_asked(
    house: Site, provider: OidcProvider
) -> None:
    for is_thief in (True, False):
        tab = Tab(site=house)
        left = tab.get("/sign-in/hospital?onward=/me")
        there = urlsplit(left.headers["location"])
        asked_for = parse_qs(there.query)
        assert {"state", "nonce", "code_challenge"} <= asked_for.keys()
        back = answer_of(provider, there.query, "anna")
        binding = left.cookies[0].split(";")[0]
        assert "HttpOnly" in left.cookies[0]
        if is_thief:
            assert tab.ask("GET", back).status == 401
            assert tab.ask("GET", back, Cookie=binding).status == 401, "used up by the thief, and nobody was let in"
            assert len(provider.codes) == 1, "the code was not shown to the provider"
            continue
        entered = tab.ask("GET", back, Cookie=binding)
        assert (entered.status, entered.headers["location"]) == (303, "/me")
        assert tab.took(entered).get("/me").status == 200
        assert tab.ask("GET", back, Cookie=binding).status == 401
    assert Tab(site=house).ask("GET", "/sign-in/hospital/back?state=x&code=y").status == 401


def answer_of(provider: OidcProvider, query: str, user: str) -> str:
    """Sign in at the provider, and give the path to which it sends the browser."""
    connection = HTTPConnection(LOOPBACK, provider.port, timeout=10)
    connection.request("POST", f"/authorize?{query}", urlencode({"user": user}))
    parts = urlsplit(str(connection.getresponse().getheader("location")))
    connection.close()
    return f"{parts.path}?{parts.query}"


def test_other_machines_are_served_over_tls(tmp_path: Path) -> None:
    own = Authority(tmp_path / "ca").sign("collega")
    settings = {
        "COLLEGA_WEB__HOST": "0.0.0.0",  # noqa: S104 - what is shown
        "COLLEGA_WEB__SIGN_IN": "required",
        "COLLEGA_WEB__TLS_CERTIFICATE": str(own.certificate),
        "COLLEGA_WEB__TLS_KEY": str(own.key),
    }
    with site(tmp_path / "site", pacs=None, settings=settings) as one:
        one.start(ready=False)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

        def answered() -> bool:
            try:
                url = f"https://{LOOPBACK}:{one.web_port}/healthz"
                return bool(urllib.request.urlopen(url, timeout=5, context=trusting).status == 200)
            except (OSError, urllib.error.URLError):
                return False

        wait_for(answered, "it answers over TLS", 60)
        found = re.search(r"open https://\S+(/set-up/\S+)", one.log())
        assert found, one.log()
        with urllib.request.urlopen(f"https://{LOOPBACK}:{one.web_port}{found[1]}", context=trusting) as answer:
            key = re.search(r'id="secret">(\w+)<', answer.read().decode())
        assert key
        form = {"name": KEEPER, "full_name": "K.", "password": PASSWORD, "code": pyotp.TOTP(key[1]).now()}
        body = urlencode(form).encode()
        with urllib.request.urlopen(
            f"https://{LOOPBACK}:{one.web_port}{found[1]}", data=body, context=trusting
        ) as answer:
            cookie = str(answer.headers["set-cookie"])
        assert cookie.startswith("__Host-collega=")
        assert "Secure" in cookie
        assert "Domain" not in cookie

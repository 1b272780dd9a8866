"""People for the tests: accounts and sessions in the database of a running site, and a browser's side of HTTP."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any, TypeVar
from urllib.parse import urlencode

from collega.adapters.credentials.passwords import hash_password
from collega.adapters.postgres import accounts
from collega.bootstrap.people.session_tokens import form_token
from collega.bootstrap.people.sessions import Seat, begin
from collega.bootstrap.site import Asked, database, opened_store
from collega.config import load
from collega.model.access import PersonRole
from collega.web.pages import FORM_TOKEN
from tests.e2e.peers import LOOPBACK
from tests.e2e.site import Site

T = TypeVar("T")
PASSWORD = "een paard met zeven hoeden"  # noqa: S105 - of accounts that live as long as a test


def asked(one: Site, ask: Callable[[Asked], Awaitable[T]]) -> T:
    """Do something in a transaction on the database of a running site."""
    settings = load(environment=one.environment)

    async def run(url: str) -> T:
        async with opened_store(settings, url) as store, store.transaction() as transaction:
            return await ask(transaction)

    # In a thread of its own: a test that drives a browser has a loop running already.
    with database(settings, migrates=False, patience_s=5) as url, ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run(url)).result()


def enter(one: Site, people: Mapping[str, tuple[PersonRole, ...]], secret: str | None = None) -> dict[str, str]:
    """Make an account for each of these people, and give the tokens of a session of each."""
    hashed = hash_password(PASSWORD)

    async def make(transaction: Asked) -> dict[str, str]:
        tokens = {}
        for name, roles in people.items():
            key = await accounts.add(transaction, name, f"Dr. {name.title()}", roles)
            assert key is not None
            await accounts.change(transaction, key, password_hash=hashed, totp_secret=secret)
            tokens[name] = await begin(transaction, key, Seat(address=LOOPBACK, agent="a test"), timedelta(hours=1))
        return tokens

    return asked(one, make)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    cookies: list[str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(kw_only=True)
class Tab:
    """One person's way to a site; ``token`` is the session's, empty for nobody."""

    site: Site
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Reply:
        """Send one request, as it is."""
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token:
            given.setdefault("Cookie", f"collega={self.token}")
        connection = HTTPConnection(LOOPBACK, self.site.web_port, timeout=30)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            if "event-stream" in (answer.getheader("content-type") or ""):
                text = ""
            else:
                text = answer.read().decode("utf-8", "replace")
            assert str(FORM_TOKEN) not in text, f"{method} {path}: its forms would be refused"
            cookies = answer.headers.get_all("set-cookie") or []
            return Reply(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.getheaders()},
                cookies=cookies,
                text=text,
            )
        finally:
            connection.close()

    def get(self, path: str) -> Reply:
        """Ask for a page, as a browser does."""
        return self.ask("GET", path, Accept="text/html")

    def post(self, path: str, **form: str) -> Reply:
        """Send a form of a page of this session."""
        sent = {"form_token": form_token(self.token), **form} if self.token else form
        kind = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        return self.ask("POST", path, urlencode(sent), **kind)

    def json(self, path: str, value: object) -> Reply:
        """Send JSON of a page of this session."""
        return self.ask(
            "POST", path, json.dumps(value), Content_Type="application/json", X_Form_Token=form_token(self.token)
        )

    def took(self, reply: Reply) -> "Tab":
        """Take the session's cookie of an answer."""
        for cookie in reply.cookies:
            if cookie.startswith("collega="):
                self.token = cookie.split(";")[0].partition("=")[2].strip('"')
        return self

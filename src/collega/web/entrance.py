"""The entrance: who asks is found out before anything is answered, and what nobody allowed is refused."""

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from collega.bootstrap.people.session_tokens import form_token
from collega.formats.access_words import ACTIONS
from collega.model.access import OF_SOMEBODY, Action
from collega.model.account import Person, SessionState
from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.code import Text
from collega.web.access import BY_ITSELF, STREAMS, WHEN_LOCKED, Door, Open, door
from collega.web.bearer import CHALLENGE, Tokens, bearer, shows_token
from collega.web.cookie import session_token
from collega.web.fhir import refused as refused_fhir
from collega.web.guard import Application, Headers, Message, Receive, Send, own_page
from collega.web.pages import Pages
from collega.web.problem import is_looked_at, problem_page, words_for
from collega.web.told import ToldError
from collega.web.visit import NOBODY, Visit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Five thousand links of a survey come as one form; each address has a bound of its own below this.
MOST_FORM_BYTES = 1_000_000
PATIENCE_S = 2.0
T = TypeVar("T")
LOOK_S = 1.0
SHOWN = ("host", "cookie", "authorization")
FORM = "application/x-www-form-urlencoded"
NO_ANSWER = Text(
    en="no answer now: who asks cannot be found out", nl="nu geen antwoord: wie dit vraagt, is niet na te gaan"
)
LOCKED = Text(en="this session is locked", nl="deze sessie is vergrendeld")
FOR_NOBODY = Text(en="for nobody", nl="voor niemand")
NO_TOKEN = Text(en="this token opens nothing here", nl="dit token opent hier niets")
SIGN_IN = Text(en="sign in first, or show a token", nl="meld u eerst aan, of toon een token")
TOO_MUCH = Text(
    en=f"no more than {MOST_FORM_BYTES} bytes are taken", nl=f"meer dan {MOST_FORM_BYTES} bytes worden niet aangenomen"
)
OTHER_SESSION = Text(
    en="this page is of another session: load it again",
    nl="deze pagina hoort bij een andere sessie: laad haar opnieuw",
)
LOGGED = Text(
    en="Your role does not have this right. That it was asked for is in the audit record.",
    nl="Uw rol heeft dit recht niet. Dat het is gevraagd, staat in het logboek.",
)
_log = structlog.get_logger()


class Keeper(Tokens, Protocol):
    """What the entrance asks of the site."""

    async def has_accounts(self) -> bool:
        """Tell whether anybody can sign in."""
        ...

    async def recognise(self, token: str, *, is_active: bool) -> Person | None:
        """Tell who shows this token."""
        ...


class Log(Protocol):
    """Where refusals are kept."""

    async def record(self, entry: AuditEntry) -> None:
        """Log."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a request goes no further."""

    status: int
    words: Text
    means: Text | None = None
    onward: str = ""


class Entrance:
    """Lets in whom it knows; written on the bare interface, since a stream must not be gathered first.

    Parameters
    ----------
    may_be_open : bool
        Whether, as long as there is no account, programs and people of this machine are let in unasked.
    is_new : bool
        Whether there was no account at the start.
    """

    def __init__(  # noqa: PLR0913 - what it asks, and tells
        self, app: Application, keeper: Keeper, log: Log, pages: Pages, *, may_be_open: bool, is_new: bool = False
    ) -> None:
        self._app, self._keeper, self._log, self._pages = app, keeper, log, pages
        self._may_be_open = may_be_open
        self._was_open = is_new
        self._looked: dict[tuple[str, ...], tuple[float, asyncio.Future[Visit]]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return
        found = door(str(scope["method"]), str(scope["path"]))
        request = Request(scope, receive)
        try:
            visit = await self._visit(request, found)
        except Exception as error:  # noqa: BLE001 - whatever keeps the answer away, nobody is let in for it
            _log.warning("who asks cannot be found out", error=type(error).__name__)
            await self._refuse(request, Refusal(status=503, words=NO_ANSWER), send)
            return
        scope.setdefault("state", {})["visit"] = visit
        refusal = _refusal(request, found, visit)
        if refusal is None and visit.person and request.method not in SAFE and not isinstance(found.need, Open):
            refusal, receive = await _with_form_token(request, visit, receive)
        if refusal:
            await self._note(request, found, visit, refusal)
            await self._refuse(request, refusal, send)
        elif found.path in STREAMS:
            await self._stream(request, found, receive, send)
        else:
            await self._app(scope, receive, send)
        if request.method not in SAFE:
            self._looked.clear()  # it may have ended or locked a session, or changed a right

    async def _visit(self, request: Request, found: Door) -> Visit:
        if found.need is Open.NAMELESS:
            return NOBODY  # a session would note that somebody was there, at that moment
        if found.need is Open.ANYONE and found.path.startswith(("/static/", "/healthz")):
            return NOBODY
        # What this machine may read unasked it may also when nobody can look at its token.
        asks = found.need is Open.HERE and not _is_here(request)
        if (asks or not isinstance(found.need, Open)) and shows_token(request):
            # Whoever shows a token is known by it alone, whatever else a browser sends along.
            return Visit(caller=await bearer(request, self._keeper))
        person, token = None, session_token(request)
        if token:
            person = await _soon(self._keeper.recognise(token, is_active=found.path not in BY_ITSELF))
        if person:
            return Visit(person=person, form_token=form_token(token))
        return Visit(is_open=self._may_be_open and _is_here(request) and await self._is_open())

    async def _is_open(self) -> bool:
        """Tell whether there is no account; what was so a moment ago is taken to be so while the database is away."""
        try:
            self._was_open = not await _soon(self._keeper.has_accounts())
        except Exception:
            if not self._was_open:
                raise
        return self._was_open

    async def _note(self, request: Request, found: Door, visit: Visit, refusal: Refusal) -> None:
        if not visit.name or refusal.status != 403:  # noqa: PLR2004 - known, and not allowed
            return
        address = request.client.host if request.client else ""
        payload: dict[str, object] = {
            "method": request.method,
            "address": found.path or "unknown",
            "why": refusal.words.en,
        }
        entry = AuditEntry(
            event="access refused",
            actor=visit.name,
            address=address,
            outcome=AuditOutcome.MINOR_FAILURE,
            payload=payload,
        )
        try:
            await self._log.record(entry)
        except Exception:  # noqa: BLE001 - it is refused all the same
            _log.exception("a refusal was not logged")

    async def _refuse(self, request: Request, refusal: Refusal, send: Send) -> None:
        async def answer(scope: Message, receive: Receive, send: Send) -> None:
            made = (_page if is_looked_at(request) else _plain)(self._pages, request, refusal)
            await made(scope, receive, send)

        await Headers(answer)(request.scope, request.receive, send)

    async def _stream(self, request: Request, found: Door, receive: Receive, send: Send) -> None:
        """Let an answer go on for as long as its session does."""
        begun = False

        async def send_noted(message: Message) -> None:
            nonlocal begun
            await send(message)
            begun = True

        work = asyncio.ensure_future(self._app(request.scope, receive, send_noted))
        watch = asyncio.ensure_future(self._over(request, found))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
                return
        finally:
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)
        if begun:
            await send({"type": "http.response.body", "body": b"event: session\ndata: {}\n\n", "more_body": False})

    async def _over(self, request: Request, found: Door) -> None:
        """Wait until a session is over, locked, or has lost the right; a database that is away ends none."""
        going_on = True
        while going_on:
            await asyncio.sleep(LOOK_S)
            try:
                going_on = _refusal(request, found, await self._looked_up(request, found)) is None
            except Exception as error:  # noqa: BLE001 - as above
                _log.warning("a stream cannot be checked", error=type(error).__name__)

    async def _looked_up(self, request: Request, found: Door) -> Visit:
        """Tell who listens: asked once a second for all streams of a session, not for each of them."""
        host = request.client.host if request.client else ""
        key = (found.path, host, *(request.headers.get(name, "") for name in SHOWN))
        now = time.monotonic()
        self._looked = {one: known for one, known in self._looked.items() if now - known[0] < LOOK_S}
        if key not in self._looked:
            # The look itself is kept, not its answer: streams that wake together wait for one.
            self._looked[key] = (now, asyncio.ensure_future(self._visit(request, found)))
        look = self._looked[key][1]
        try:
            return await asyncio.shield(look)
        except Exception:
            if self._looked.get(key, (now, None))[1] is look:
                del self._looked[key]
            raise


async def _soon(work: Coroutine[Any, Any, T]) -> T:
    """Wait a moment for the database; where it hangs nobody waits, nor for the end of what was asked of it.

    Raises
    ------
    TimeoutError
        There is no answer yet.
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=PATIENCE_S)
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()


def _refusal(request: Request, found: Door, visit: Visit) -> Refusal | None:
    """Say why a request goes no further; None where it does."""
    if _is_free(request, found, visit):
        return None
    person = visit.person
    if not visit.name:
        return _stranger(request)
    if person is not None and person.state is SessionState.LOCKED:
        is_let = (request.method, found.path) in WHEN_LOCKED
        return None if is_let else Refusal(status=423, words=LOCKED, onward="/locked")
    if found.need is None:
        # A change of what is not known might be one; reading it ends with "not found".
        return None if request.method in SAFE and not found.path else Refusal(status=403, words=FOR_NOBODY)
    if isinstance(found.need, Open) or not visit.may(found.need):
        return Refusal(status=403, words=_without(found.need, "" if person else visit.name), means=LOGGED)
    return None


def _without(need: Open | Action, program: str) -> Text:
    """Say which right is missing: a program by the name that its token has it under, people in words."""
    if program:
        return Text(en=f"{program} does not have this right: {need}", nl=f"{program} heeft dit recht niet: {need}")
    name = ACTIONS.get(need) if isinstance(need, Action) else None
    en, nl = (name.en, name.nl) if name else (need, need)
    return Text(en=f"your role does not have this right: {en}", nl=f"uw rol heeft dit recht niet: {nl}")


def _stranger(request: Request) -> Refusal:
    if shows_token(request):
        return Refusal(status=401, words=NO_TOKEN)
    return Refusal(status=401, words=SIGN_IN, onward="/sign-in")


def _is_free(request: Request, found: Door, visit: Visit) -> bool:
    """Tell whether nobody need be known for this."""
    if found.need is Open.HERE and (_is_here(request) or visit.may(Action.SEE_METRICS)):
        return True
    return found.need in {Open.ANYONE, Open.TOKEN, Open.NAMELESS} or (visit.is_open and found.need not in OF_SOMEBODY)


async def _with_form_token(request: Request, visit: Visit, receive: Receive) -> tuple[Refusal | None, Receive]:
    """Ask for what only a page of this session knows; gives what reads the body again."""
    try:
        own_page(request)
    except ToldError as error:
        return Refusal(status=error.status_code, words=error.text), receive
    given = request.headers.get("x-form-token", "")
    if not given and request.headers.get("content-type", "").startswith(FORM):
        body = await _body(receive)
        if body is None:
            return Refusal(status=413, words=TOO_MUCH), receive
        given = parse_qs(body.decode("utf-8", "replace")).get("form_token", [""])[-1]
        receive = _again(body, receive)
    if not hmac.compare_digest(given.encode(), visit.form_token.encode()):
        return Refusal(status=403, words=OTHER_SESSION), receive
    return None, receive


async def _body(receive: Receive) -> bytes | None:
    content = bytearray()
    while True:
        message = await receive()
        content += message.get("body", b"")
        if len(content) > MOST_FORM_BYTES:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(content)


def _again(body: bytes, receive: Receive) -> Receive:
    waiting: list[Mapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return dict(waiting.pop()) if waiting else await receive()

    return give


def _is_here(request: Request) -> bool:
    """Tell whether a program or a browser of this machine asks, and asks for it by a name that is its own.

    A page elsewhere may have its own name resolve to this machine (DNS rebinding): then the name is not ours.
    """
    client = request.client.host if request.client else ""
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        return ipaddress.ip_address(client).is_loopback and (
            name == "localhost" or ipaddress.ip_address(name).is_loopback
        )
    except ValueError:
        return False


def _plain(pages: Pages, request: Request, refusal: Refusal) -> Response:
    """Tell a program, in the words of what it asked, or the script of a page."""
    headers = CHALLENGE if refusal.status == 401 else None  # noqa: PLR2004 - as HTTP asks for it (RFC 9110 15.5.2)
    if request.url.path.startswith("/fhir/"):
        return refused_fhir(refusal.status, refusal.words.en, headers)
    said = words_for(request, pages, refusal.words)
    return JSONResponse({"detail": said}, status_code=refusal.status, headers=headers)


def _page(pages: Pages, request: Request, refusal: Refusal) -> Response:
    if refusal.onward and request.method in SAFE:
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{refusal.onward}?onward={quote(asked, safe='')}", status_code=303)
    said = words_for(request, pages, refusal.words)
    return problem_page(pages, request, refusal.status, said, refusal.means)

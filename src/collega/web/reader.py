"""Who reads: the person who has signed in; where nobody does, as the browser has remembered it."""

from datetime import UTC, datetime
from urllib.parse import quote, unquote

from fastapi import Request, Response

from collega.model.code import Text
from collega.read.feedback import Reader
from collega.web.pages import YEAR_S
from collega.web.told import ToldError
from collega.web.visit import visit_of

COOKIE = "reader"
MOST_CHARACTERS = 64
NAMELESS = Text(
    en="reader: an opinion is somebody's; give a name of at most 64 printable characters",
    nl="lezer: een oordeel is van iemand; geef een naam van ten hoogste 64 afdrukbare tekens",
)


def reader_name(request: Request) -> str:
    """Give the name of who has signed in, else the one that this browser was told; empty where it was told none."""
    person = visit_of(request).person
    if person is not None:
        return person.name
    return _printable(unquote(request.cookies.get(COOKIE, "")))


def reader_of(request: Request, given: str) -> Reader:
    """Name the reader of what was just sent; who has signed in answers for it, whatever name a form gives.

    Raises
    ------
    ToldError
        Nobody is named.
    """
    person = visit_of(request).person
    if person is not None:
        return Reader(name=person.name, role=next(iter(person.roles), ""), at=datetime.now(UTC))
    name = _printable(given) or reader_name(request)
    if not name:
        raise ToldError(422, NAMELESS)
    request.state.responsible = name
    return Reader(name=name, role="", at=datetime.now(UTC))


def remember(request: Request, answer: Response, reader: Reader) -> None:
    """Have the browser remember a name that was typed."""
    if visit_of(request).person is not None:
        return
    answer.set_cookie(COOKIE, quote(reader.name), max_age=YEAR_S, samesite="lax", httponly=True)


def _printable(name: str) -> str:
    name = name.strip()
    return name if name.isprintable() and len(name) <= MOST_CHARACTERS else ""

"""Who asks, as the entrance has found out; pages and routes read it from the request."""

from dataclasses import dataclass

from fastapi import Request

from collega.model.access import OF_SOMEBODY, Action, of_token
from collega.model.account import Person
from collega.model.token import Caller


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """Who asks, and what a page of theirs must send with each change.

    ``caller`` is a program that showed a service token. ``is_open``: nobody signs in here, since there is no account
    and only this machine is served.
    """

    person: Person | None = None
    caller: Caller | None = None
    is_open: bool = False
    form_token: str = ""

    @property
    def name(self) -> str:
        """Name who asks; empty for nobody."""
        known = self.person or self.caller
        return known.name if known else ""

    def may(self, action: Action) -> bool:
        """Tell whether who asks has a right."""
        if self.person is not None:
            return self.person.may(action)
        if self.caller is not None:
            return action in of_token(self.caller.rights)
        return self.is_open and action not in OF_SOMEBODY


NOBODY = Visit()


def visit_of(request: Request) -> Visit:
    """Give who asks; nobody where no entrance stands before the application."""
    found: Visit = request.scope.get("state", {}).get("visit", NOBODY)
    return found


def person_of(request: Request) -> Person:
    """Give the person whom the entrance has let in; a route that asks is behind it."""
    person = visit_of(request).person
    if person is None:
        message = "a page for people who have signed in, and nobody has"
        raise LookupError(message)
    return person


def signed(request: Request, given: str) -> str:
    """Say who answers for something: the person who has signed in, else the name that was given."""
    person = visit_of(request).person
    return person.name if person else given

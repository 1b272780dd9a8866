"""Everything about people who sign in: its desks, its routes, and the entrance that asks who comes."""

import importlib
import sys
from contextvars import ContextVar
from datetime import timedelta

import structlog
from fastapi import FastAPI

from collega.bootstrap.people.accounts import SETUP_PATH, AccountDesk, first_link, nobody_yet
from collega.bootstrap.people.credentials import Credentials
from collega.bootstrap.people.glass import GlassDesk
from collega.bootstrap.people.sessions import SessionDesk, lives
from collega.bootstrap.people.signing_in import SignInDesk
from collega.bootstrap.site import OpenStore
from collega.bootstrap.upkeep.auditing import AuditPages
from collega.config import Settings
from collega.config.web import is_loopback
from collega.model.audit import Asker
from collega.web import accounts_page, glass_page, me_page, session_pages, set_up, sign_in
from collega.web import hospital as hospital_pages
from collega.web.address import address
from collega.web.audit import Audited
from collega.web.entrance import Entrance
from collega.web.pages import Pages

_log = structlog.get_logger()


def add_people(  # noqa: PLR0913 - what the application has
    app: FastAPI, settings: Settings, store: OpenStore, pages: Pages, asker: ContextVar[Asker], *, is_new: bool
) -> None:
    """Add the pages on which people sign in, and the entrance before the whole application.

    The last middleware is the outermost: who asks is known before a view is logged. ``is_new``: there is no account.
    """
    access = settings.access
    credentials = Credentials()
    keeper = SessionDesk(store=store, lives=lives(settings), credentials=credentials)
    desk = SignInDesk(
        store=store,
        lives=keeper.lives,
        credentials=credentials,
        needs_code=access.totp == "required",
        issuer=f"collega {settings.site.name}".strip(),
    )
    hospital = access.oidc_name if access.oidc_issuer else ""
    sign_out_there = None
    if hospital:
        # Loaded where it is used alone: a provider's keys need a library of their own.
        made = importlib.import_module("collega.bootstrap.people.single_sign_on").hospital_desk(
            settings, store, keeper.lives
        )
        app.include_router(hospital_pages.router(made, keeper, pages, hospital, settings.web.address))
        sign_out_there = made.sign_out
    app.include_router(sign_in.router(desk, keeper, pages, hospital, sign_out_there))
    app.include_router(set_up.router(desk, pages))
    app.include_router(session_pages.router(keeper, pages, hospital))
    app.include_router(me_page.router(keeper, pages))
    app.include_router(accounts_page.router(AccountDesk(store=store), pages))
    glass = GlassDesk(store=store, life=timedelta(minutes=access.glass_minutes))
    app.include_router(glass_page.router(glass, pages, access.glass_minutes))
    log = AuditPages(store=store)
    app.add_middleware(Audited, desk=log, asker=asker)
    may_be_open = settings.web.sign_in == "loopback-open" and is_loopback(settings.web.host)
    app.add_middleware(Entrance, keeper=keeper, log=log, pages=pages, may_be_open=may_be_open, is_new=is_new)


async def greet(settings: Settings, store: OpenStore, port: int) -> bool:
    """Print the link that makes the first administrator, where there is no account; returns whether that is so.

    Not in the log, which might be sent elsewhere; and where a program reads lines of JSON, a command gives it.
    """
    async with store.transaction() as transaction:
        is_new = await nobody_yet(transaction)
        token = await first_link(transaction) if is_new and not settings.log.json_lines else None
    if not is_new:
        return False
    if settings.web.sign_in == "loopback-open":
        _log.warning(
            "nobody signs in: for development and demonstrations on this machine alone, until an account exists"
        )
    if token is None:
        _log.warning("nobody can sign in yet: `collega accounts setup-link` lets the first administrator in")
        return True
    sys.stdout.write(f"collega: to make the administrator, open {address(settings, port)}{SETUP_PATH}{token}\n")
    sys.stdout.flush()
    return True

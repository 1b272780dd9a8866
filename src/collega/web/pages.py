"""What all pages share: templates, language, theme, navigation, banner.

A page of its own is a router that calls `Pages.render` with a template which extends
``base.html``; it fills the blocks ``title`` and ``main``, and ``banner`` where it has more to warn of.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from collega.formats.access_words import ROLES
from collega.formats.survey_words import SURVEY_WORDS
from collega.model.access import Action
from collega.model.code import Text
from collega.web.access import door
from collega.web.people_words import PEOPLE_WORDS
from collega.web.visit import NOBODY, Visit, visit_of
from collega.web.words import WORDS

YEAR_S = 365 * 24 * 3600
LANGUAGES = ("nl", "en")
THEMES = ("dark", "light")
# Address and name of each page in the navigation: a router that brings a page adds its line.
NAVIGATION: tuple[tuple[str, Text], ...] = (
    ("/", Text(en="Board", nl="Werklijst")),
    ("/night", Text(en="Night", nl="Nacht")),
    ("/discrepancies", Text(en="Discrepancies", nl="Discrepanties")),
    ("/panels", Text(en="Panels", nl="Panels")),
    ("/label-check", Text(en="Label check", nl="Labelcontrole")),
    ("/catalogue", Text(en="Apps", nl="Apps")),
    ("/stages", Text(en="Trust", nl="Vertrouwen")),
    ("/validations", Text(en="Validations", nl="Validaties")),
    ("/accuracy", Text(en="Accuracy", nl="Nauwkeurigheid")),
    ("/timeline", Text(en="Time", nl="Tijd")),
    ("/value", Text(en="Value", nl="Waarde")),
    ("/queue", Text(en="Waits", nl="Wachttijden")),
    ("/surveys", Text(en="Surveys", nl="Enquêtes")),
    ("/acceptance", Text(en="Acceptance", nl="Acceptatie")),
    ("/feedback-packs", Text(en="Feedback", nl="Terugkoppeling")),
    ("/feedback-figures", Text(en="Makers' answers", nl="Antwoorden van makers")),
    ("/objections", Text(en="Objections", nl="Bezwaren")),
    ("/audit", Text(en="Audit", nl="Logboek")),
    ("/broken-glass", Text(en="Emergency access", nl="Noodtoegang")),
    ("/accounts", Text(en="Accounts", nl="Accounts")),
)
# Pages that stand in a group of the menu which opens: the rest stands beside it, in one line.
EVIDENCE, SITE = Text(en="Evidence", nl="Bewijs"), Text(en="Site", nl="Locatie")
GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        EVIDENCE,
        (
            *("/panels", "/label-check", "/validations", "/accuracy", "/timeline", "/value", "/queue", "/surveys"),
            *("/feedback-packs", "/feedback-figures"),
        ),
    ),
    (SITE, ("/stages", "/acceptance", "/objections", "/audit", "/broken-glass", "/accounts")),
)
# Stands in a page until it is known whose it is: rows are made once for all. No value can hold it, since in what
# comes from elsewhere the bracket is escaped.
FORM_TOKEN = Markup("<form_token/>")
# As much for the rows of the board, which are put together for each page, and for the name of what it then has.
ROWS, MADE = Markup("<rows/>"), Markup("<made/>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """What a site has decided about its pages."""

    language: Literal["en", "nl"]
    zone: ZoneInfo
    viewer_url: str = ""
    notice: str = ""
    rows: int = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What this reader has chosen; an empty theme leaves it to the system."""

    language: str
    theme: str


class Pages:
    """Renders templates.

    Parameters
    ----------
    front : Front
    """

    def __init__(self, front: Front) -> None:
        self.front = front
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("collega.web"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        words = {**WORDS, **PEOPLE_WORDS, **SURVEY_WORDS}
        self._words = {
            language: {name: word.in_language(language) for name, word in words.items()} for language in LANGUAGES
        }
        self._role_words = {
            language: {role: word.in_language(language) for role, word in ROLES.items()} for language in LANGUAGES
        }

    def choice(self, request: Request) -> Choice:
        """Read language and theme from the address, else from the cookies, else as the site has it."""
        language = _one_of(LANGUAGES, request.query_params.get("lang"), request.cookies.get("lang"))
        theme = _one_of(THEMES, request.query_params.get("theme"), request.cookies.get("theme"))
        return Choice(language=language or self.front.language, theme=theme)

    def render(self, request: Request, template: str, **values: object) -> HTMLResponse:
        """Render a page; a language or theme that the address names is remembered."""
        choice = self.choice(request)
        answer = HTMLResponse(self.part(request, template, path=request.url.path, **values))
        for name in ("lang", "theme"):
            chosen = choice.language if name == "lang" else choice.theme
            if chosen and request.query_params.get(name) == chosen:
                answer.set_cookie(name, chosen, max_age=YEAR_S, samesite="lax")
        return answer

    def part(self, request: Request, template: str, **values: object) -> str:
        """Render a template for whoever asks: its forms are good for their session, in a page as without one."""
        visit = visit_of(request)
        return of_visit(self.text(template, self.choice(request), visit, **values), visit)

    def text(self, template: str, choice: Choice, visit: Visit = NOBODY, **values: object) -> str:
        """Render a template for all who have chosen so; what goes to one of them is a `part`, or passes `of_visit`."""
        return self._templates.get_template(template).render(
            t=self._words[choice.language],
            role_words=self._role_words[choice.language],
            visit=visit,
            form_token=FORM_TOKEN,
            language=choice.language,
            theme=choice.theme,
            languages=LANGUAGES,
            front=self.front,
            navigation=menu(visit, choice.language),
            **values,
        )

    def local(self, moment: datetime) -> datetime:
        """Give a moment by the clock of the site."""
        return moment.astimezone(self.front.zone)


def navigation(visit: Visit) -> list[tuple[str, Text]]:
    """List the pages that somebody may see."""
    return [
        (address, name)
        for address, name in NAVIGATION
        if isinstance(need := door("GET", address).need, Action) and visit.may(need)
    ]


def menu(visit: Visit, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """List the pages that somebody may see by group; the first group has no name and stands open."""
    links = {address: name.in_language(language) for address, name in navigation(visit)}
    grouped = [(name, [address for address in group if address in links]) for name, group in GROUPS]
    apart = {address for _, group in grouped if len(group) > 1 for address in group}
    first = [(address, name) for address, name in links.items() if address not in apart]
    opening = [
        (name.in_language(language), [(address, links[address]) for address in group])
        for name, group in grouped
        if len(group) > 1
    ]
    return [("", first), *opening]


def landing(visit: Visit) -> str:
    """Give the page on which somebody begins: the first that may be seen."""
    return next((address for address, _ in navigation(visit)), "/me")


def of_visit(text: str, visit: Visit) -> str:
    """Put into a page what its forms must send."""
    return text.replace(str(FORM_TOKEN), visit.form_token)


def _one_of(allowed: tuple[str, ...], *asked: str | None) -> str:
    return next((word for word in asked if word in allowed), "")

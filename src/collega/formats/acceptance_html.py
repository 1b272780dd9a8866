"""An acceptance report as one HTML page without a script; what people wrote is escaped."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from collega.formats.acceptance_view import view
from collega.formats.acceptance_words import ANSWERS, LABELS
from collega.model.acceptance import AcceptanceReport, Answer

NOTHING = """<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><main><h1>{{ title }}</h1><p>{{ said }}</p></main></body></html>
"""


def acceptance_html(report: AcceptanceReport, *, answerable: bool) -> str:
    """Lay out the report; ``answerable`` adds a form to each question, for the page that the server shows."""
    text = (files("collega.formats") / "acceptance.html").read_text("utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True).from_string(text)
    language = report.surroundings.language
    return template.render(
        report=view(report),
        answerable=answerable,
        run=report.surroundings.run,
        yes=ANSWERS[Answer.YES].in_language(language),
        no=ANSWERS[Answer.NO].in_language(language),
    )


def nothing_yet(language: str) -> str:
    """Say that no check has ended yet."""
    title, said = LABELS["title"].in_language(language), LABELS["nothing"].in_language(language)
    return Environment(autoescape=True).from_string(NOTHING).render(language=language, title=title, said=said)

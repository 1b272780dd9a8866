"""What a simulated vendor's own screen shows, as HTML: the study that it was opened for, and one button."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from collega.formats.local import day, number
from collega.model.code import Text

TITLE = Text(en="Simulator", nl="Simulator")
NOTICE = Text(
    en="A simulated vendor's own screen. It looks at no image: it plays back recorded truth. Not for clinical use.",
    nl="Het eigen scherm van een gesimuleerde leverancier. Zij bekijkt geen beeld en speelt vastgelegde waarheid af. "
    "Niet voor klinisch gebruik.",
)
STUDY = Text(en="Study", nl="Onderzoek")
RESULT = Text(en="Result of the simulator", nl="Uitslag van de simulator")
SEND = Text(en="Send result", nl="Stuur uitslag")
SENT = Text(en="Sent to collega. The board shows it.", nl="Verstuurd naar collega. De werklijst laat het zien.")
BACK = Text(en="To the board", nl="Naar de werklijst")
REFUSED = Text(en="The screen was not opened", nl="Het scherm is niet geopend")
AGAIN = Text(en="Open it again from the board.", nl="Open het opnieuw vanaf de werklijst.")
FACTS: Mapping[str, Text] = {
    "description": Text(en="description", nl="omschrijving"),
    "accession": Text(en="accession number", nl="accessienummer"),
    "made": Text(en="made", nl="gemaakt"),
    "patient": Text(en="patient", nl="patiënt"),
    "images": Text(en="images", nl="beelden"),
    "user": Text(en="opened by", nl="geopend door"),
    "uid": Text(en="Study Instance UID", nl="Study Instance UID"),
}
FEMALE = Text(en="F", nl="V")
YEARS = Text(en="years", nl="jaar")
EVALUATIONS: Mapping[str, Text] = {
    "present": Text(en="present", nl="aanwezig"),
    "absent": Text(en="not seen", nl="niet gezien"),
}
STYLE = """
:root { color-scheme: light }
body { margin: 0; background: #f6f1fa; color: #24182e; font: 16px/1.5 system-ui, sans-serif }
header { background: #4a2a63; color: #fff; padding: .8rem 1.2rem }
h1 { margin: 0; font-size: 1.3rem }
header p { margin: 0 }
main { max-width: 44rem; padding: .4rem 1.2rem 2rem }
h2 { font-size: 1.05rem; margin: 1.2rem 0 .4rem }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .2rem 1rem; margin: 0 }
dt { color: #5b4a68 }
dd { margin: 0; overflow-wrap: anywhere }
button { font: inherit; font-weight: 650; padding: .5rem 1.2rem; border: 0; border-radius: 5px; cursor: pointer }
button { background: #4a2a63; color: #fff }
.sent { font-weight: 650 }
a { color: #4a2a63 }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } }
"""
FRAME = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><header><h1>{title}{name}</h1><p>{notice}</p></header>
<main>
{main}
</main></body></html>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A study on the screen in one language; ``key`` is its name on this screen, ``board`` leads back."""

    app: str
    names: Mapping[str, str]
    given: Mapping[str, Any]
    result: Mapping[str, Any]
    key: str
    sent: bool
    board: str


def page(shown: Shown, language: str) -> str:
    """Show the study, what the simulator would say of it, and the button that sends that."""
    back = f'<p><a href="{escape(shown.board)}">{BACK.in_language(language)}</a></p>'
    form = (
        f'<form method="post" action="/studies/{shown.key}/result"><button>{SEND.in_language(language)}</button></form>'
    )
    sent = f'<p class="sent" role="status">{SENT.in_language(language)}</p>{back}'
    parts = (
        f"<h2>{STUDY.in_language(language)}</h2>",
        _listed(_facts(shown.given, language)),
        f"<h2>{RESULT.in_language(language)}</h2>",
        _listed(_said(shown, language)),
        f"<p>{_reason(shown.result, language)}</p>",
        sent if shown.sent else form,
    )
    return _framed("\n".join(parts), language, f": {shown.app.removeprefix('Simulator: ')}")


def trouble(why: str, language: str) -> str:
    """Say that there is nothing to show, and why."""
    return _framed(
        f"<h2>{REFUSED.in_language(language)}</h2><p>{escape(why)}</p><p>{AGAIN.in_language(language)}</p>", language
    )


def _framed(main: str, language: str, name: str = "") -> str:
    return FRAME.format(
        language=language,
        style=STYLE,
        title=TITLE.in_language(language),
        name=escape(name),
        notice=NOTICE.in_language(language),
        main=main,
    )


def _listed(rows: Iterator[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows) + "</dl>"


def _facts(given: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
    told = given["study"]
    study, patient = told["study"], told["patient"]
    age = "" if patient["age_years"] is None else f"{patient['age_years']:.0f} {YEARS.in_language(language)}"
    facts = {
        "description": study["study_description"],
        "accession": given["accession_number"],
        "made": _made(study["study_date"], study["study_time"], language),
        "patient": ", ".join(part for part in (age, _sex(patient["sex"], language)) if part),
        "images": str(len(told["images"])),
        "user": given["user"],
        "uid": study["study_instance_uid"],
    }
    return ((FACTS[name].in_language(language), str(value)) for name, value in facts.items() if value)


def _sex(code: str | None, language: str) -> str:
    return FEMALE.in_language(language) if code == "F" else code or ""


def _made(date: str | None, time: str | None, language: str) -> str:
    """Write date and time of the header (DA and TM, PS3.5 section 6.2); as they stand where they are neither."""
    try:
        made = day(datetime.strptime(date or "", "%Y%m%d").date(), language)  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return date or ""
    return f"{made} {time[:2]}:{time[2:4]}" if time else made


def _said(shown: Shown, language: str) -> Iterator[tuple[str, str]]:
    for finding in shown.result["findings"]:
        word = EVALUATIONS[finding["evaluation"]].in_language(language)
        value = number(finding["score"]["value"], language, ".2f")
        yield shown.names.get(finding["id"], finding["id"]), f"{word}, score {value}"


def _reason(result: Mapping[str, Any], language: str) -> str:
    return escape(str(result["reason"]["text"][language])) if "reason" in result else ""

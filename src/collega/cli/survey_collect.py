"""``collega survey open``, ``close``, ``remind``, ``report``, ``answers``: a survey that people fill in on phones."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from collega.bootstrap.site import Asked
from collega.bootstrap.survey import steering, surveying
from collega.bootstrap.survey.bringing import bring_answers
from collega.bootstrap.survey.keeping import kept_named
from collega.bootstrap.survey.starting import MOST_TICKETS, address_of
from collega.bootstrap.survey.tickets import marker_of
from collega.cli.output import Json, print_json
from collega.cli.session import in_transaction
from collega.cli.tables import table_from, text_from
from collega.config import Settings, load
from collega.errors import InputError
from collega.formats.survey_pdf import survey_pdf
from collega.formats.ticket_sheet import ticket_sheet
from collega.survey.export import figures_csv
from collega.survey.questionnaire import Questionnaire
from collega.survey.reminding import reminder_text
from collega.survey.toml import read_questionnaire
from collega.survey.view import result_view

Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of the survey, as `open` told.")]


def open_survey(  # noqa: PLR0913 - options of a command
    questionnaire: Annotated[
        str, typer.Argument(metavar="Q.toml", help="A file, or NAME or NAME@VERSION that is kept.")
    ],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Last day to answer.")],
    tickets: Annotated[int, typer.Option(min=1, max=MOST_TICKETS, help="How many people are invited.")],
    *,
    after: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="A closed survey of the same questions: trends are told."),
    ] = None,
    qr: Annotated[Path | None, typer.Option(metavar="SHEET.pdf", help="A sheet of codes to cut out.")] = None,
    json: Json = False,
) -> None:
    """Open a survey; prints one link a person, each of which works once and is shown only now."""
    settings = load()

    async def begin(transaction: Asked) -> tuple[Questionnaire, str, list[str]]:
        text, asked = await _asked(transaction, questionnaire)
        key, made = await steering.open_survey(
            transaction, text, until.date(), tickets, _zone(settings), marker_of(settings), after=after
        )
        return asked, key, made

    asked, key, made = in_transaction(settings, begin)
    links = [f"{address_of(settings)}/s/{one}" for one in made]
    if json:
        print_json({"survey": key, "until": until.date(), "links": links})
    else:
        typer.echo(f"{key}: {asked.id}, open up to and including {until:%Y-%m-%d}")
        for link in links:
            typer.echo(link)
    if qr:  # last: links are shown only now, whatever becomes of the sheet
        title = asked.title.nl if settings.site.language == "nl" else asked.title.en
        _write(qr, ticket_sheet(title, links, datetime.now(UTC)))


async def _asked(transaction: Asked, name: str) -> tuple[str, Questionnaire]:
    """Read a file, else the latest version that is kept of a name, or the one that comes along."""
    if name.endswith(".toml"):
        text = text_from(Path(name))
        return text, read_questionnaire(text, Path(name).name)
    found = await kept_named(transaction, name)
    return found.text, found.asked


def close_survey(key: Key) -> None:
    """Close a survey before its last day has passed."""
    settings = load()
    in_transaction(settings, lambda transaction: steering.close_survey(transaction, key, marker_of(settings)))
    typer.echo(f"{key}: closed")


def remind(
    key: Key,
    links: Annotated[Path, typer.Argument(metavar="LINKS.txt", help="The links that `open` printed, one a line.")],
    *,
    json: Json = False,
) -> None:
    """Print those links that were not used, with words to send along, once a day; who has which, the sender knows."""
    settings, lines = load(), text_from(links).splitlines()
    found = in_transaction(
        settings, lambda transaction: steering.remind(transaction, key, lines, _zone(settings), marker_of(settings))
    )
    if json:
        print_json({"survey": key, "unused": found.links, "used": found.used, "unknown": found.unknown})
        return
    typer.echo(reminder_text(found.until, settings.site.language))
    for link in found.links:
        typer.echo(link)
    if found.unknown:
        typer.echo(f"note: {found.unknown} lines are no links of this survey", err=True)


def report(
    key: Key,
    *,
    pdf: Annotated[Path | None, typer.Option(metavar="REPORT.pdf", help="Where the report on paper goes.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="OUT.csv", help="Where the figures go.")] = None,
    json: Json = False,
) -> None:
    """Tell the figures of a closed survey and what changed since the one before, on paper and as a table."""
    settings = load()
    asked, told = in_transaction(
        settings, lambda transaction: surveying.report_of(transaction, key, _zone(settings), marker_of(settings))
    )
    if pdf:
        view = result_view(asked, told, settings.site.language)
        _write(pdf, survey_pdf(view, settings.site.language, datetime.now(UTC)))
    if csv_file:
        _write(csv_file, figures_csv(told).encode())
    print_json(told) if json else typer.echo(f"{key}: {told['n']} people")


def bring(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.csv", help="One line a person, one column a question.")],
    questionnaire: Annotated[str, typer.Option(metavar="Q.toml", help="A file, or NAME or NAME@VERSION that is kept.")],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Last day of asking.")],
    *,
    after: Annotated[
        str | None, typer.Option(metavar="KEY", help="A closed survey of the same questions: trends are told.")
    ] = None,
    json: Json = False,
) -> None:
    """Keep answers that another tool has gathered as a closed survey, with its page, report, actions and next wave."""
    settings, rows = load(), table_from(answers, ())

    async def keep(transaction: Asked) -> tuple[str, int]:
        text, asked = await _asked(transaction, questionnaire)
        return await bring_answers(transaction, text, asked, rows, on.date(), _zone(settings), after=after)

    key, people = in_transaction(settings, keep)
    print_json({"survey": key, "people": people}) if json else typer.echo(f"{key}: {people} people")


def answers(
    key: Key, *, csv_file: Annotated[Path, typer.Option("--csv", metavar="OUT.csv", help="Where the answers go.")]
) -> None:
    """Write the answers of a closed survey as a table for `survey analyse`, one line a person, in no order of time."""
    settings = load()
    asked, given = in_transaction(
        settings, lambda transaction: surveying.answers_of(transaction, key, _zone(settings), marker_of(settings))
    )
    try:
        with csv_file.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [one.id for one in asked.questions], restval="")
            writer.writeheader()
            writer.writerows(given)
    except OSError as error:
        raise _unwritten(csv_file, error) from error
    typer.echo(f"{csv_file}: {len(given)} people")


def _zone(settings: Settings) -> ZoneInfo:
    return ZoneInfo(settings.site.timezone)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: {error.strerror}")


COLLECTING = (open_survey, close_survey, remind, report, bring, answers)

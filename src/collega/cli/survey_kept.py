"""``collega survey questionnaires``, ``keep``, ``export``: questionnaires that the server keeps."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collega.bootstrap.survey import keeping
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.cli.tables import text_from
from collega.config import load


def questionnaires(*, json: Json = False) -> None:
    """List questionnaires that are kept, all versions, and those that come along."""
    found = in_transaction(load(), keeping.kept_all)
    if json:
        told = [
            {
                "questionnaire": one.name,
                "number": one.number,
                "title": one.asked.title.en,
                "saved": one.saved,
                "responsible": one.responsible,
            }
            for one in found
        ]
        print_json(told)
        return
    rows = [
        (f"{one.name}@{one.number}", one.asked.title.en, f"{one.saved:%Y-%m-%d}" if one.saved else "comes along")
        for one in found
    ]
    print_table("Questionnaires", ("name", "title", "saved"), rows)


def keep(
    questionnaire: Annotated[Path, typer.Argument(metavar="Q.toml", help="A questionnaire as TOML.")],
    *,
    json: Json = False,
) -> None:
    """Keep a questionnaire on the server, as the next version of its name; a bad one is refused by key and reason."""
    text = text_from(questionnaire)
    kept = in_transaction(load(), lambda transaction: keeping.keep(transaction, text))
    if json:
        print_json({"questionnaire": kept.name, "number": kept.number})
    else:
        typer.echo(f"{kept.name}@{kept.number}: {len(kept.asked.questions)} questions")


def export(
    questionnaire: Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="The latest where none is given.")],
) -> None:
    """Print a questionnaire that is kept as TOML."""
    kept = in_transaction(load(), lambda transaction: keeping.kept_named(transaction, questionnaire))
    sys.stdout.write(kept.text)


KEEPING = (questionnaires, keep, export)

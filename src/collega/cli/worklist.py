"""``collega worklist``: the latest studies with what each app says."""

from typing import Annotated, Any

import typer

from collega.bootstrap.reading.queries import worklist_rows
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, keys_of
from collega.config import load
from collega.model.audit import AuditEntry
from collega.model.finding import Evaluation

WORDS = {
    "found": "● found",
    "nothing_found": "○ nothing found",
    "undetermined": "◐ undetermined",
    "not_suitable": "/ not suitable",
    "failed": "✕ failed",
    "unavailable": "⊘ unavailable",
    "no_rule_out": "◌ looked, does not rule out",
    "not_asked": "✉ ready, not asked",
    "own_screen": "▭ own screen, no result",
}


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("worklist", help=text)(worklist)


def worklist(
    *, json: Json = False, limit: Annotated[int, typer.Option(min=1, max=10000, help="How many studies.")] = 200
) -> None:
    """List the latest studies."""
    settings = load()
    rows = in_transaction(
        settings,
        lambda transaction: worklist_rows(transaction, settings, limit),
        lambda found: AuditEntry(event="worklist read", studies=keys_of(found)),
    )
    if json:
        print_json(rows)
        return
    print_table(
        f"{len(rows)} studies, to be read from the top",
        ("received", "accession", "study", "state", "apps"),
        [
            (row["received_at"], row["accession_number"], row["description"], row["state"], _apps(row["apps"]))
            for row in rows
        ],
    )


def _apps(apps: list[dict[str, Any]]) -> str:
    """Say what each app says, with every finding that is not absent; a study that went to no app says so."""
    said = []
    for app in apps:
        said.append(f"{app['app']}: {WORDS.get(app['outcome'] or '', app['state'])}")
        told = zip(app["findings"], app["finding_words"], strict=True)
        said += [f"  {words}" for finding, words in told if finding["evaluation"] != Evaluation.ABSENT]
    return "\n".join(said) or "no app"

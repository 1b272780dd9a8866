"""``collega discrepancies``: where AI and signed reports differ; who looks again, and what was found."""

import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from collega.bootstrap.reading import inbox
from collega.bootstrap.reading.board import board_context
from collega.bootstrap.site import Asked
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, keys_of
from collega.config import load
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.model.discrepancy import Conclusion, Correction, Discrepancy, DiscrepancyState
from collega.model.ids import storage_key
from collega.read import inbox as acts
from collega.read.feedback import Reader

VIEWED = "discrepancies viewed"
Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of the discrepancy.")]
By = Annotated[str, typer.Option("--by", help="Who does it, else the login name; kept on record.")]
Version = Annotated[
    int, typer.Option(min=0, help="Version that it must still have, as `show` gives it; 0: whichever it has.")
]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("take")(take)
    group.command("close")(close)
    group.command("reopen")(reopen)
    app.add_typer(group, name="discrepancies")


def list_all(
    *,
    state: Annotated[DiscrepancyState | None, typer.Option(help="Only those of this state.")] = None,
    json: Json = False,
) -> None:
    """List discrepancies that are not closed, what is overdue first; those of apps that readers do not hear too."""
    settings = load()
    states = (state.value,) if state else tuple(inbox.WAITING)
    rows = in_transaction(
        settings,
        lambda transaction: inbox.list_all(transaction, board_context(settings), settings.site.language, states),
        lambda found: AuditEntry(event=VIEWED, studies=keys_of(found), payload={"shown": len(found)}),
    )
    if json:
        print_json(rows)
        return
    columns = ("key", "accession_number", "contrast", "app_id", "finding_id", "state", "owner", "last_day", "age")
    shown = [{**row, "age": f"{row['age_s'] // 3600} h{', overdue' if row['is_overdue'] else ''}"} for row in rows]
    print_table(f"{len(rows)} discrepancies", columns, [[row[name] for name in columns] for row in shown], whole="key")


def show(key: Key, *, json: Json = False) -> None:
    """Show a discrepancy with every change of it."""
    settings = load()
    found = in_transaction(
        settings,
        lambda transaction: inbox.show(transaction, board_context(settings), settings.site.language, key),
        lambda one: AuditEntry(event=VIEWED, study_key=storage_key(one["study_instance_uid"])),
    )
    if json:
        print_json(found)
        return
    for name in ("accession_number", "contrast", "finding_words", "sentence", "signed_at", "said_at", "found_at"):
        typer.echo(f"{name}: {found[name] or '-'}")
    if found["label_by"]:
        typer.echo(f"label: {found['label_word']}, set by {found['label_by']}, {found['label_clock']}")
    columns = ("revision", "clock", "changed_by", "state", "owner", "deadline", "verdict", "correction", "remark")
    print_table("history", columns, [[row[name] for name in columns] for row in found["history"]])


def take(
    key: Key,
    *,
    owner: Annotated[str, typer.Option(help="Who is to look again, else who does this.")] = "",
    deadline: Annotated[str, typer.Option(help="Day by which it is to be closed, as YYYY-MM-DD.")] = "",
    by: By = "",
    version: Version = 0,
) -> None:
    """Give a discrepancy to somebody, with a deadline."""
    zone = board_context(load()).zone
    given = acts.Taking(owner=owner or _who(by), deadline=_day(deadline), today=datetime.now(zone).date())
    _change(key, version, by, lambda transaction, place, reader: acts.take(transaction, place, reader, given))
    typer.echo(f"{key}: taken by {given.owner}")


def close(  # noqa: PLR0913 - what closing asks for
    key: Key,
    verdict: Annotated[Conclusion, typer.Option(help="What was found when somebody looked again.")],
    *,
    recalled: Annotated[bool, typer.Option("--recalled", help="The patient was called back.")] = False,
    remark: Annotated[str, typer.Option(help="Remark, without names.")] = "",
    correction: Annotated[
        Correction, typer.Option(help="With label_wrong: what the report says after all.")
    ] = Correction.NONE,
    by: By = "",
    version: Version = 0,
) -> None:
    """Close a discrepancy with a verdict."""
    said = acts.Closing(verdict=verdict, patient_recalled=recalled, remark=remark, correction=correction)
    _change(key, version, by, lambda transaction, place, reader: acts.close(transaction, place, reader, said))
    typer.echo(f"{key}: closed, {verdict}")


def reopen(key: Key, *, by: By = "", version: Version = 0) -> None:
    """Open a discrepancy again; what was said of it stays on record."""
    _change(key, version, by, acts.reopen)
    typer.echo(f"{key}: open again")


Act = Callable[[Asked, acts.Place, Reader], Awaitable[Discrepancy]]


def _change(key: str, version: int, by: str, act: Act) -> None:
    reader = Reader(name=_who(by), role="", at=datetime.now(UTC))

    async def change(transaction: Asked) -> Discrepancy:
        now = await transaction.discrepancy(key)
        place = acts.Place(key=key, revision=version or (now.revision if now else 1))
        return await act(transaction, place, reader)

    in_transaction(load(), change, lambda one: inbox.changed_line(one, reader.name))


def _who(by: str) -> str:
    return by or getpass.getuser()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        message = f"--deadline {text}: a day as YYYY-MM-DD"
        raise InputError(message) from None

"""``collega feedback``: what readers found wrong goes back to the makers of apps, about nobody, and is followed up."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from collega.bootstrap.asker import command_line
from collega.bootstrap.leave.leaving import key_file
from collega.bootstrap.packs.pack_export import PackTaker, pack_taker
from collega.bootstrap.packs.packing import AnswerSaid
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import with_store
from collega.config import Settings, load
from collega.decide.pack import Choice
from collega.errors import InputError
from collega.model.pack import AnswerStatus

T = TypeVar("T")
Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of the pack.")]
COLUMNS = ("key", "vendor", "number", "state", "cases", "prepared_at", "actor", "answers")


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    packs = typer.Typer(help="Packs of cases for one maker each.", no_args_is_help=True)
    commands: dict[str, Callable[..., None]] = {
        "prepare": prepare,
        "list": list_all,
        "show": show,
        "approve": approve,
        "refuse": refuse,
        "export": export,
        "answer": answer,
    }
    for name, command in commands.items():
        packs.command(name)(command)
    group.add_typer(packs, name="pack")
    app.add_typer(group, name="feedback")


def prepare(
    vendor: Annotated[str, typer.Option(help="Maker, as `app.toml` names it; all without it.")] = "",
    *,
    json: Json = False,
) -> None:
    """Make a pack of what is new for each maker; nothing leaves by it."""
    made = _ask(load(), lambda taker: taker.desk.prepare(_me(), vendor))
    _print(made, f"{len(made)} packs are prepared", json=json)


def list_all(*, json: Json = False) -> None:
    """List packs, the latest first, and for each maker how long answers take."""
    told = _ask(load(), lambda taker: taker.desk.listed())
    if json:
        print_json(told)
        return
    _print(told["packs"], f"{len(told['packs'])} packs", json=False)
    names = ("vendor", "cases", "answered", "median_days", "low", "high", "oldest_open_days")
    rows = [[row[name] for name in names] for row in told["figures"]]
    print_table("days from disagreement to answer, median with 95 % interval", names, rows)


def show(key: Key, *, json: Json = False) -> None:
    """Show a pack with its cases; words of readers are shown here, and do not leave by that."""
    told = _ask(load(), lambda taker: _told(taker, key))
    if json:
        print_json(told)
        return
    _print([told], f"pack {told['number']} for {told['vendor']}", json=False)
    names = ("case", "source", "app", "version", "finding", "evaluation", "causes", "readers", "objects", "left_out")
    rows = [[*(case[name] for name in names), case["answer"]["status"], case["text"]] for case in told["list"]]
    print_table(f"{len(rows)} cases", (*names, "answer", "text"), rows)


def approve(
    key: Key,
    *,
    reason: Annotated[str, typer.Option(help="Anything to note; kept on record.")] = "",
    with_text: Annotated[
        list[int] | None, typer.Option(help="Number of a case whose words of readers go along: you have read them.")
    ] = None,
    withhold: Annotated[list[int] | None, typer.Option(help="Number of a case that stays here.")] = None,
) -> None:
    """Let a pack leave; for those whom `feedback.approvers` names, under the account of this command."""
    choice = Choice(with_text=frozenset(with_text or ()), withheld=frozenset(withhold or ()))
    _ask(load(), lambda taker: taker.desk.approve(key, _me(), reason, choice))
    typer.echo(f"{key}: approved")


def refuse(key: Key, reason: Annotated[str, typer.Option(help="Why; kept on record.")]) -> None:
    """Keep a pack here for good; for those whom `feedback.approvers` names."""
    _ask(load(), lambda taker: taker.desk.refuse(key, _me(), reason))
    typer.echo(f"{key}: refused")


def export(
    key: Key,
    *,
    to: Annotated[Path | None, typer.Option(help="Folder for the file, else `feedback.folder`, else here.")] = None,
    json: Json = False,
) -> None:
    """Make the file of an approved pack, and note that it leaves; patients who object by now are not in it."""
    settings = load()
    folder = to or Path(settings.feedback.folder or ".")
    has_keys = key_file(settings).exists()
    path, packed = _ask(settings, lambda taker: taker.take(key, folder, _me()))
    left_out = {str(number): why for number, why in sorted(packed.left_out.items())}
    told = {
        "file": str(path),
        "sha256": packed.sha256,
        "files": packed.files,
        "bytes": packed.bytes,
        "cases": len(packed.cases),
        "left_out": left_out,
    }
    if json:
        print_json(told)
        return
    typer.echo(f"{path}: {len(packed.cases)} cases, {packed.files} files, SHA-256 {packed.sha256}")
    if not has_keys:
        typer.echo(f"keep a copy of {key_file(settings)} apart from the backups: without it no pseudonym is read back")
    for number, why in left_out.items():
        typer.echo(f"case {number} is left out: {why}")


def answer(  # noqa: PLR0913 - what an answer is made of
    key: Key,
    case: Annotated[int, typer.Argument(metavar="CASE", help="Number of the case in the pack.")],
    status: Annotated[AnswerStatus, typer.Option(help="What the maker says.")],
    writer: Annotated[str, typer.Option(help="Who wrote it, on the maker's side.")],
    *,
    fixed_in: Annotated[str, typer.Option(help="Version in which it is mended, with `--status fixed`.")] = "",
    on: Annotated[str, typer.Option(help="Day of the answer, such as 2026-12-01; today without it.")] = "",
) -> None:
    """Note what the maker says of a case; a later answer stands beside it, and counts."""
    try:
        day = date.fromisoformat(on) if on else date.today()  # noqa: DTZ011 - the day of whoever types it
    except ValueError:
        message = f"--on {on}: a day such as 2026-12-01"
        raise InputError(message) from None
    said = AnswerSaid(status=status, fixed_in=fixed_in, answered_on=day, writer=writer)
    _ask(load(), lambda taker: taker.desk.answer(key, case, said, _me()))
    typer.echo(f"case {case}: {status}")


def _ask(settings: Settings, ask: Callable[[PackTaker], Awaitable[T]]) -> T:
    return with_store(settings, lambda store: ask(pack_taker(settings, store)))


async def _told(taker: PackTaker, key: str) -> dict[str, Any]:
    told = await taker.desk.told(key)
    if told is None:
        message = f"{key}: there is no such pack; see `collega feedback pack list`"
        raise InputError(message)
    return told


def _me() -> str:
    return command_line().actor


def _print(rows: list[dict[str, Any]], title: str, *, json: bool) -> None:
    if json:
        print_json(rows)
        return
    print_table(title, COLUMNS, [[row[name] for name in COLUMNS] for row in rows], whole="key")

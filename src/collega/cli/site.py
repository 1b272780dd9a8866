"""``collega site``: the acceptance of a site, by machine and by people."""

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text as Line

from collega.accept.record import account
from collega.bootstrap.site import Asked
from collega.bootstrap.upkeep import acceptance
from collega.cli.output import Json, print_json
from collega.cli.session import in_transaction
from collega.config import load
from collega.errors import InputError
from collega.formats.acceptance_words import ANSWERS, LABELS, OUTCOMES, SIDES
from collega.model.acceptance import AcceptanceReport, Answer, Side, StepOutcome, StepResult, Verdict
from collega.model.code import Text
from collega.web.acceptance import acceptance_html, acceptance_pdf

# Sign and colour; the word beside them says it all.
SIGNS = {
    StepOutcome.PASSED: ("✓", "green"),
    StepOutcome.WARNING: ("!", "yellow"),
    StepOutcome.FAILED: ("✗", "red"),
    StepOutcome.NOT_OFFERED: ("–", "yellow"),  # noqa: RUF001 - a dash is meant
    StepOutcome.NOT_TRIED: ("·", "dim"),
}
ANSWER_SIGNS = {Answer.YES: "✓", Answer.NO: "✗", None: "?"}
WORD_WIDTH = 17
TITLE_WIDTH = 26
TOLD_SECONDS = 0.1

Pdf = Annotated[Path | None, typer.Option("--pdf", help="Write the report as PDF to this file.")]
Page = Annotated[Path | None, typer.Option("--page", help="Write the report as an HTML page to this file.")]
By = Annotated[str, typer.Option("--by", help="Who does it, else the login name; stands on the report.")]
Wait = Annotated[float, typer.Option("--wait", min=0.1, help="Seconds to wait for the PACS to show, to commit.")]
Run = Annotated[str, typer.Option("--run", help="Key of a run, else the latest that has ended.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("check", check), ("confirm", confirm), ("report", report), ("take-back", take_back)):
        group.command(name)(command)
    app.add_typer(group, name="site")


def check(  # noqa: PLR0913 - each option is one of the command line
    *,
    json: Json = False,
    pdf: Pdf = None,
    page: Page = None,
    by: By = "",
    wait: Wait = 30.0,
    leave: Annotated[
        bool, typer.Option("--leave", help="Leave the test patient standing for people to look at.")
    ] = False,
) -> None:
    """Check machine and PACS with a test patient; exit code 1 where a step failed."""
    settings = load()
    console = Console(quiet=json, highlight=False, soft_wrap=True)
    teller = _Teller(console, settings.site.language)
    found = acceptance.run_check(settings, by=by or getpass.getuser(), wait_s=wait, leave=leave, tell=teller.tell)
    _hand_out(found, pdf, page)
    if json:
        print_json(account(found))
    else:
        _close(console, found)
    if found.failed:
        raise typer.Exit(1)


def confirm(
    step: Annotated[str, typer.Argument(metavar="STEP", help="Name of the step for a person.")],
    answer: Annotated[Answer, typer.Option("--answer", help="yes or no.")],
    by: Annotated[str, typer.Option("--by", help="Name of the person who looked; stands on the report.")],
    remark: Annotated[str, typer.Option("--remark", help="What was seen.")] = "",
    run: Run = "",
) -> None:
    """Record what a person saw; later answers stand beside earlier ones."""

    async def record(transaction: Asked) -> AcceptanceReport:
        found = await acceptance.kept(transaction, run)
        await acceptance.confirm(
            transaction, found, step=step, answer=answer, by=by, remark=remark, source="command line"
        )
        return await acceptance.kept(transaction, found.surroundings.run)

    typer.echo(verdict_line(in_transaction(load(), record)))


def report(*, json: Json = False, pdf: Pdf = None, page: Page = None, run: Run = "") -> None:
    """Show the latest report with the answers so far; exit code 1 where a step failed or was answered with no."""
    settings = load()
    found = in_transaction(settings, lambda transaction: acceptance.kept(transaction, run))
    _hand_out(found, pdf, page)
    if json:
        print_json(account(found))
    else:
        console = Console(highlight=False, soft_wrap=True)
        teller = _Teller(console, settings.site.language)
        for step in found.steps:
            teller.tell(step)
        _close(console, found)
    if found.verdict is Verdict.NOT_ACCEPTED:
        raise typer.Exit(1)


def take_back(*, json: Json = False, by: By = "", wait: Wait = 30.0, run: Run = "") -> None:
    """Take back the test patient of an earlier check that left it standing, or that was cut short."""
    settings = load()
    teller = _Teller(Console(quiet=json, highlight=False, soft_wrap=True), settings.site.language)
    steps = acceptance.run_take_back(settings, run=run, by=by or getpass.getuser(), wait_s=wait, tell=teller.tell)
    if json:
        print_json([asdict(step) for step in steps])
    if any(step.outcome is StepOutcome.FAILED for step in steps):
        raise typer.Exit(1)


class _Teller:
    """Prints each step as it ends."""

    def __init__(self, console: Console, language: str) -> None:
        self._console = console
        self._language = language
        self._side: Side | None = None

    def tell(self, step: StepResult) -> None:
        """Print a line for the step, and what to do where it is not well."""
        if step.side is not self._side:
            self._side = step.side
            self._console.print(f"\n{SIDES[step.side].in_language(self._language)}", style="bold")
        sign, colour = SIGNS[step.outcome]
        word = OUTCOMES[step.outcome].in_language(self._language)
        line = Line(f"  {sign} ")
        line.append(f"{word:<{WORD_WIDTH}}", style=colour)
        line.append(f"{step.title.in_language(self._language):<{TITLE_WIDTH}} ", style="bold")
        line.append(step.said.in_language(self._language))
        facts = [step.measured, f"{step.seconds:.1f} s" if step.seconds >= TOLD_SECONDS else ""]
        known = ", ".join(fact for fact in facts if fact)
        line.append(f"  [{known}]" if known else "", style="dim")
        self._console.print(line)
        if step.advice:
            self._console.print(Line(f"      -> {step.advice.in_language(self._language)}"))


def _close(console: Console, found: AcceptanceReport) -> None:
    language = found.surroundings.language
    console.print(f"\n{LABELS['people'].in_language(language)}", style="bold")
    for question in found.questions:
        given = found.answer_to(question.name)
        said = given.answer if given else None
        line = Line(f"  {ANSWER_SIGNS[said]} {ANSWERS[said].in_language(language):<{WORD_WIDTH}}")
        line.append(f"{question.name:<{TITLE_WIDTH}} ", style="bold")
        line.append(question.text.in_language(language))
        line.append(f"  [{given.by}, {given.at:%Y-%m-%d}] {given.remark}" if given else "", style="dim")
        console.print(line)
    console.print()
    console.print(verdict_line(found), style="bold")


def verdict_line(found: AcceptanceReport) -> str:
    """Say in one line what it comes to."""
    failed, denied, unanswered = len(found.failed), len(found.denied), len(found.open)
    lines = {
        Verdict.ACCEPTED: Text(en="accepted", nl="geaccepteerd"),
        Verdict.OPEN: Text(
            en=f"not accepted yet: {unanswered} steps for a person are open",
            nl=f"nog niet geaccepteerd: {unanswered} stappen voor een mens staan open",
        ),
        Verdict.NOT_ACCEPTED: Text(
            en=f"not accepted: {failed} steps failed, {denied} answered with no",
            nl=f"niet geaccepteerd: {failed} stappen mislukt, {denied} met nee beantwoord",
        ),
    }
    return lines[found.verdict].in_language(found.surroundings.language)


def _hand_out(found: AcceptanceReport, pdf: Path | None, page: Path | None) -> None:
    """Write the files that were asked for."""
    try:
        if page is not None:
            page.write_text(acceptance_html(found), encoding="utf-8")
        if pdf is not None:
            pdf.write_bytes(acceptance_pdf(found))
    except OSError as error:
        message = f"{error.filename}: cannot be written: {error.strerror}"
        raise InputError(message) from None

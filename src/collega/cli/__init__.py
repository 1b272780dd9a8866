"""The command ``collega``: one module per group, loaded when it is asked for."""

import importlib
import sys
from collections.abc import Iterable, Mapping

import typer

from collega.errors import CollegaError, ConfigurationError

# Command -> what --help says of it; its module is collega.cli.<command>. The text stands here so that
# `collega --help` need not load half the world.
COMMANDS: Mapping[str, str] = {
    "serve": "Run the platform: receiver, workers, web.",
    "demo": "Show the whole line on this machine, with a generated scanner and a simulated PACS.",
    "send": "Send DICOM files to a node.",
    "worklist": "List the latest studies with what each app says.",
    "studies": "Look into studies.",
    "apps": "List, check and run apps, and change their stage.",
    "thresholds": "Show and move the thresholds of an app, within the range that its maker allows.",
    "compare": "Run two apps, or two versions of one, on the same stored studies, and set their words side by side.",
    "readers": "Compare what several readers of the same cases say, under two treatments.",
    "reference": "Keep what is taken to be true of studies, and hold apps against it.",
    "panel": "Have studies read by a panel, blind to AI, and settle what its readers do not agree on.",
    "queue": "Ask what AI would do to the waits of a reading list, by theory and by simulation.",
    "validate": "Hold scores of an app against the truth: figures, subgroups, versions, sample sizes, plans.",
    "roi": "Work out what an app brings, to whom and when; what was before it, and where one would help.",
    "cloud": "Say which apps outside the house may be sent studies, and renew the keys of pseudonyms.",
    "objections": "Note, list and withdraw objections of patients to data leaving the house.",
    "reidentify": "Tell whom a pseudonym stands for; for those who have the right, and logged.",
    "survey": "Ask what people think of AI in their work: analyse answers, check questionnaires, simulate a wave.",
    "feedback": "Send what readers found wrong back to the makers of apps, about nobody, and follow it up.",
    "jobs": "List, retry and discard jobs.",
    "messages": "List, show and replay messages of RIS and EHR.",
    "discrepancies": "List and show where AI and signed reports differ; take and close them.",
    "outbox": "List, retry and discard messages to RIS, PACS and EHR.",
    "coverage": "Show studies of the PACS that never arrived, and run a round of asking for them.",
    "timeline": "Show when what happened to a study, by which clock, and what it took; export it.",
    "outages": "List when AI was not available, and who was told.",
    "route": "Explain which apps get a study, and why.",
    "site": "Check a site, and accept it: machine, PACS, people.",
    "deidentify": "Take the patients out of DICOM objects, into another folder.",
    "reports": "Label the text of reports, train on a site's own, add reports that no RIS sends.",
    "retention": "Show and apply the rule by which files are removed; hold studies back from it.",
    "accounts": "Let people in: add, list, disable and reset accounts, change roles, make the first administrator.",
    "audit": "Show who did or saw what, and check that the record is whole.",
    "tokens": "Make, list and revoke what programs show to ask over DICOMweb and FHIR.",
    "backup": "Make and verify backups of database and files.",
    "restore": "Restore a backup into an empty data folder, or move a site to a database of its own.",
}
SUMMARY = "Run AI applications next to the PACS, and measure whether each is worth it."


def build_app(loaded: Iterable[str]) -> typer.Typer:
    """Make the command with the named groups loaded; the others are listed by their line of help."""
    app = typer.Typer(
        name="collega", help=SUMMARY, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(_root)
    names = set(loaded)
    for name, text in COMMANDS.items():
        if name in names:
            importlib.import_module(f"collega.cli.{name}").register(app, text)
        else:
            app.command(name, help=text)(_not_loaded)
    return app


def _root() -> None:
    """Hold the group together: a Typer application with one command has no subcommands."""


def _not_loaded() -> None:
    """Stand in for a command that is only listed."""


def main() -> None:
    """Run the command; an error that names its remedy is printed without a trace."""
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    try:
        build_app([asked])()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except CollegaError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

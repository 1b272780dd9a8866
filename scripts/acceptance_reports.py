"""Write the acceptance reports of the documentation: collega against Orthanc and against the difficult PACS.

``python -m scripts.acceptance_reports`` runs `collega site check` for real and writes the pages, with the report
on paper and a picture of it; ``--check`` runs it and compares the pages alone, in which names and times that
change with each run are replaced. Exit code 1 where they differ.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from tests.e2e.peers import LOOPBACK, orthanc
from tests.e2e.site import Site, site

from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.pacs_commitment import CommitmentRoutes

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
PICTURES = ROOT / "docs" / "_static" / "acceptance"
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
DOTS_PER_INCH = "80"
COLOURS = 96
DIFFICULT = Difficulties(
    rejected_classes=frozenset({COMPREHENSIVE_3D_SR}),
    query_levels=frozenset({"STUDY", "SERIES"}),
    coerced={"PatientName": "TEST^COLLEGA^ACCEPTANCE ZOE"},
    visible_after_s=6.0,
    honours_rejection=True,
)
# What changes from run to run -> what the page says in its place.
MASKS: Mapping[str, str] = {
    r"TEST\d{10}": "TESTmmddhhmmss",
    r"COLLEGA-TEST-\d{8}": "COLLEGA-TEST-yyyymmdd",
    r"\(OFFIS_DCMTK_\d+\)": "(its implementation)",
    r"\(PYNETDICOM_\d+\)": "(its implementation)",
}
SIGNS = {"passed": "✓ passed", "warning": "! warning", "failed": "✗ failed"}
SIGNS |= {"not_offered": "– not offered", "not_tried": "· not tried"}  # noqa: RUF001 - as the command prints it


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report: its page, its heading, what stands above the table."""

    name: str
    title: str
    words: str


REPORTS = {
    "orthanc": Report(
        name="acceptance-orthanc",
        title="Acceptance report: Orthanc",
        words="Orthanc, set up to send its commitment reports to collega, with `collega serve` running.",
    ),
    "difficult": Report(
        name="acceptance-difficult-pacs",
        title="Acceptance report: a difficult PACS",
        words=(
            "The difficult PACS of `collega.testing`: it takes no Comprehensive 3D SR, shows what it took only after\n"
            "six seconds, answers no query at the level of images, and writes the patient's name in capitals without\n"
            "marks. It honours rejection notes."
        ),
    ),
}


@contextmanager
def peers(folder: Path) -> Iterator[dict[str, Site]]:
    """Give a site for each report, its PACS started."""
    with (
        site(folder / "first", pacs=None) as first,
        site(folder / "second", pacs=None) as second,
        orthanc(folder / "orthanc", peers={"collega": ("COLLEGA", LOOPBACK, first.dicom_port)}) as archive,
        DifficultPacs(
            folder / "difficult",
            DIFFICULT,
            routes=CommitmentRoutes(peers={"COLLEGA": (LOOPBACK, second.dicom_port)}),
        ) as pacs,
    ):
        for one, aet, port in ((first, archive.aet, archive.dicom_port), (second, pacs.aet, pacs.port)):
            one.environment |= {
                "COLLEGA_PACS__HOST": LOOPBACK,
                "COLLEGA_PACS__PORT": str(port),
                "COLLEGA_PACS__AET": aet,
                "COLLEGA_SITE__NAME": "Example hospital",
            }
            one.start()
        yield {"orthanc": first, "difficult": second}


def check(one: Site, paper: Path) -> dict[str, Any]:
    """Run the command for real; a step that fails is a finding too."""
    done = subprocess.run(  # noqa: S603 - the project's own command
        [sys.executable, "-m", "collega", "site", "check", "--json", "--by", "A. Example", "--pdf", str(paper)],
        env=one.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def page(report: Report, told: Mapping[str, Any]) -> str:
    """Write the page: the steps towards the PACS, which are the same each time."""
    steps = [step for step in told["steps"] if step["side"] == "pacs"]
    counted = {word: sum(step["outcome"] == word for step in steps) for word in SIGNS}
    summary = ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in counted.items() if number)
    rows = [f"| {SIGNS[step['outcome']]} | {step['title']['en']} | {_said(step)} |" for step in steps]
    questions = [f"- {question['text']['en']}" for question in told["questions"]]
    lines = [
        f"# {report.title}",
        "",
        "Written by `python -m scripts.acceptance_reports` from a real run of `collega site check`.",
        "",
        report.words,
        "",
        f"Towards the PACS: {summary}. Steps for a person that are open: {len(told['open'])}.",
        "",
        f"The whole report, [as it is printed and signed](../_static/acceptance/{report.name}.pdf), with the steps on",
        "the machine and what was measured on it:",
        "",
        f"```{{image}} ../_static/acceptance/{report.name}.png",
        ":alt: First page of the report: verdict, facts, and a table of steps with outcome, words and limits",
        "```",
        "",
        "| Outcome | Step | What came back, and what to do |",
        "|---|---|---|",
        *rows,
        "",
        "Then people look, and answer on the page `/acceptance` or by `collega site confirm`:",
        "",
        *questions,
    ]
    return "\n".join(lines) + "\n"


def _said(step: Mapping[str, Any]) -> str:
    words: str = step["said"]["en"] + (f" → {step['advice']['en']}" if step["advice"] else "")
    for pattern, instead in MASKS.items():
        words = re.sub(pattern, instead, words)
    return words.replace("|", "\\|")


def picture(paper: Path) -> None:
    """Draw the first page beside the paper."""
    target = paper.with_suffix("")
    arguments = ["-png", "-r", DOTS_PER_INCH, "-f", "1", "-l", "1", "-singlefile"]
    subprocess.run(["pdftoppm", *arguments, str(paper), str(target)], check=True)  # noqa: S603, S607 - a Debian package
    drawn = paper.with_suffix(".png")
    Image.open(drawn).quantize(COLOURS).save(drawn, optimize=True)


def main() -> int:
    """Write or compare; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the pages, write nothing")
    compares = parser.parse_args().check
    different = []
    with tempfile.TemporaryDirectory(prefix="collega-acceptance-") as name, peers(Path(name)) as sites:
        for key, report in REPORTS.items():
            paper = (Path(name) if compares else PICTURES) / f"{report.name}.pdf"
            paper.parent.mkdir(parents=True, exist_ok=True)
            text = page(report, check(sites[key], paper))
            target = PAGES / f"{report.name}.md"
            if not compares:
                target.write_text(text, encoding="utf-8")
                picture(paper)
            elif not target.exists() or target.read_text(encoding="utf-8") != text:
                different.append(report.name)
    for name in different:
        print(f"docs/reference/{name}.md does not say what the check says: python -m scripts.acceptance_reports")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())

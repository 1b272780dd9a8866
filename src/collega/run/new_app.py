"""The first files of a new app: a manifest, an empty card, and for Python an entry that runs."""

from collections.abc import Iterable, Mapping

from collega.model.card import CardField, Kind
from collega.model.card_fields import FIELDS, SECTIONS
from collega.model.runtime import Runtime

FILL_IN = "FILL-IN"
RUN: Mapping[Runtime, str] = {
    Runtime.PYTHON: 'entry = "{module}:run"',
    Runtime.CONTAINER: '[run.container]\nimage = "FILL-IN"',
    Runtime.HTTP: '[run.http]\nurl = "https://FILL-IN.invalid/"',
    Runtime.DICOM: '[run.dicom]\nhost = "FILL-IN.invalid"\nport = 104\naet = "FILL-IN"',
}
MANIFEST = """schema = "collega/app/1"

[app]
id = "{name}"
version = "0.1.0"
name = {{ en = "{name}", nl = "{name}" }}
vendor = "FILL-IN"
clinical_use = false
purpose = {{ en = "FILL-IN: intended use in one sentence", nl = "FILL-IN: beoogd gebruik in één zin" }}

[run]
runtime = "{runtime}"
time_limit_s = 60
memory_mb = 512
output_mb = 16
attempts = 2
{run}

[accepts]
modality = ["CR", "DX"]

[[findings]]
id = "finding"
code = {{ scheme = "99LOCAL", value = "finding", meaning = "FILL-IN" }}
name = {{ en = "FILL-IN", nl = "FILL-IN" }}
scale = [0.0, 1.0]
direction = "higher-is-present"
calibrated = false
threshold = 0.5
"""
ENTRY = '''"""The app: it says of every study that it does not suit, until it is written."""

import json
from pathlib import Path


def run(inputs: Path, outputs: Path) -> None:
    """Read study.json and the images beside it; write result.json."""
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    text = {"en": "this app is not written yet", "nl": "deze app is nog niet geschreven"}
    answer = {
        "schema": "collega/result/1",
        "app": given["app"],
        "study_instance_uid": given["study"]["study_instance_uid"],
        "status": "not_suitable",
        "reason": {"code": "not-written", "text": text},
        "findings": [],
    }
    (outputs / "result.json").write_text(json.dumps(answer), encoding="utf-8")
'''
EXAMPLES: Mapping[Kind, str] = {
    Kind.TEXT: '"..."',
    Kind.BOTH: '{ en = "...", nl = "..." }',
    Kind.WORDS: '["..."]',
    Kind.DATE: "2026-11-24",
    Kind.NUMBER: "0",
    Kind.FLAG: "false",
    Kind.RANGE: "[0, 120]",
    Kind.ESTIMATE: "[0.9, 0.8, 1.0]",
}


def new_app(name: str, runtime: Runtime) -> Mapping[str, str]:
    """Give the text of each file of a new app by its name; what is to be written holds `FILL_IN`."""
    module = name.replace("-", "_")
    run = RUN[runtime].format(module=module)
    files = {
        "app.toml": MANIFEST.format(name=name, runtime=runtime, run=run),
        "card.toml": _card(),
    }
    return {**files, f"{module}.py": ENTRY} if runtime is Runtime.PYTHON else files


def _card() -> str:
    """Give a card with every field as a comment: what stands there counts as missing until somebody tells it."""
    lines = ['# Take away the # of what you know; "not disclosed" says that the maker will not tell.']
    lines += ['schema = "collega/card/1"']
    for section in SECTIONS:
        fields = [asked for asked in FIELDS if asked.section == section]
        head = f"# [[{section}]]" if fields[0].of_study else f"[{section}]"
        lines += ["", head, *_examples(fields)]
    return "\n".join(lines) + "\n"


def _examples(fields: Iterable[CardField]) -> Iterable[str]:
    for asked in fields:
        chosen = " | ".join(f'"{word}"' for word in asked.choices)
        example = EXAMPLES.get(asked.kind, chosen if asked.kind is Kind.CHOICE else f"[{chosen}]")
        yield f"# {asked.name} = {example}  # {asked.label.en}"

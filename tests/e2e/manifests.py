"""Manifests of apps for the tests: one finding, and whatever runs the app."""

import json
from collections.abc import Sequence
from pathlib import Path

HEAD = """schema = "collega/app/1"

[app]
id = "{app}"
version = "0.0.1"
name = {{ en = "{name}", nl = "{name}" }}
vendor = "collega tests"
clinical_use = {clinical}
purpose = {{ en = "Tests the line; it looks at nothing.", nl = "Test de lijn; kijkt nergens naar." }}

[run]
time_limit_s = {seconds}
memory_mb = {memory}
output_mb = {output}
attempts = {attempts}
{run}

[accepts]
modality = {modality}
{words}

[[findings]]
id = "pneumonia"
code = {{ scheme = "SCT", value = "233604007", meaning = "Pneumonia" }}
name = {{ en = "pneumonia-like opacity", nl = "op pneumonie lijkende verdichting" }}
scale = [0.0, {most}]
direction = "higher-is-present"
calibrated = false
threshold = {threshold}
"""


def write_manifest(
    folder: Path,
    app: str,
    run: str,
    more: str = "",
    *,
    name: str = "",
    clinical: bool = False,
    seconds: float = 30,
    memory: int = 64,
    output: int = 4,
    attempts: int = 1,
    modality: Sequence[str] = ("CR", "DX"),
    words: Sequence[str] = (),
    most: float = 1.0,
) -> Path:
    """Write ``app.toml`` into the folder of an app below ``folder``, and give that.

    ``run`` stands at the end of its table, so that it may begin tables of its own; ``more`` stands behind all else.
    Without ``words`` the Study Description may be any; the threshold is half of the scale.
    """
    made = folder / app
    made.mkdir(parents=True, exist_ok=True)
    head = HEAD.format(
        app=app,
        name=name or app,
        clinical=json.dumps(clinical),
        seconds=seconds,
        memory=memory,
        output=output,
        attempts=attempts,
        run=run,
        modality=json.dumps(modality),
        words=f"study_description = {json.dumps(words)}" if words else "",
        most=most,
        threshold=most / 2,
    )
    (made / "app.toml").write_text(head + more, encoding="utf-8")
    return made

"""Builds the images that the tests run, from scratch and from our own files, and removes them after."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "app.c"
APP_1 = {
    "api-version": "0.1.0",
    "command": "/app copy",
    "environment": {"SIDE": "left"},
    "input": {"formats": [], "path": "input"},
    "output": {"format": {}, "path": "output"},
    "timeout": 0,
    "version": "0.5.1",
    "working-directory": "/var/monai/",
}
PACKAGE_1 = {"api-version": "0.1.0", "resources": {"cpu": 1, "gpu": 0, "memory": "48Mi"}}
APP_2 = {
    "apiVersion": "1.0.0",
    "type": "application",
    "command": '["/app", "copy"]',
    "input": {"formats": ["file"], "path": "input/"},
    "output": {"format": {}, "path": "output/"},
    "timeout": 20,
    "workingDirectory": "/var/holoscan/",
}
PACKAGE_2 = {
    "apiVersion": "1.0.0",
    "modelRoot": "/opt/holoscan/models",
    "resources": {"memory": "0.05Gi", "sharedMemory": "8Mi"},
}


def engine() -> str:
    """Find podman, or docker where its daemon answers; skips the test where neither is there."""
    for name in filter(shutil.which, ("podman", "docker")):
        if subprocess.run([name, "ps"], capture_output=True, check=False).returncode == 0:
            return name
    pytest.skip("neither podman nor docker works on this machine: `make setup` installs podman")


def working_options() -> tuple[str, ...]:
    """Options with which the engine works here, as a site gives them that knows its machine: nothing is tried out."""
    return ("--runtime=runc",) if Path(engine()).name == "podman" else ("--hostname=app",)


@contextmanager
def images(folder: Path, kinds: Collection[str], *, given: Path | None = None) -> Iterator[Mapping[str, str]]:
    """Build one image of each kind for the block, with the files of ``given`` in it; yields their names by kind."""
    program = engine()
    subprocess.run(["cc", "-O1", "-static", "-o", str(folder / "app"), str(SOURCE)], check=True)
    recipes = {
        "collega": ['ENTRYPOINT ["/app"]'],
        "monai": _declared(folder, "/etc/monai", APP_1, PACKAGE_1),
        "holoscan": _declared(folder, "/etc/holoscan", APP_2, PACKAGE_2),
        "mercure": ['ENTRYPOINT ["/app", "mercure"]'],
    }
    answers = []
    if given is not None:
        shutil.copytree(given, folder / "given")
        answers = ["COPY given /given"]
    names = {kind: _build(program, folder, kind, [*recipes[kind], *answers]) for kind in kinds}
    try:
        yield names
    finally:
        subprocess.run([program, "rmi", "--force", *names.values()], capture_output=True, check=True)


def _declared(folder: Path, place: str, app: Mapping[str, object], package: Mapping[str, object]) -> list[str]:
    declared = folder / place.strip("/").replace("/", "-")
    declared.mkdir()
    (declared / "app.json").write_text(json.dumps(app), encoding="utf-8")
    (declared / "pkg.json").write_text(json.dumps(package), encoding="utf-8")
    return [f"COPY {declared.name} {place}/", 'ENTRYPOINT ["/nothing/of/that/name"]']


def _build(program: str, folder: Path, kind: str, lines: Sequence[str]) -> str:
    name = f"localhost/collega-test-{kind}:{os.getpid()}-{secrets.token_hex(2)}"
    recipe = "\n".join(["FROM scratch", "COPY app /app", *lines]) + "\n"
    subprocess.run(
        [program, "build", "--quiet", "--tag", name, "--file", "-", str(folder)],
        input=recipe.encode(),
        capture_output=True,
        check=True,
    )
    return name

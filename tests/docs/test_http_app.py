"""The service on the page of the contract keeps it, asked as an installed app is asked."""

import json
import os
import runpy
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.docs.test_samples import sample

from collega.bootstrap.apps.trial import run_app
from collega.config import Settings
from collega.formats.dicom_write import encode
from collega.run.manifest import problems_of
from collega.testing.synthetic import chest_film

PAGE = "reference/http-app.md"


def manifest_text(url: str) -> str:
    """Give the manifest of the reference, with the service for its runtime."""
    text = sample("reference/app-toml.md", "toml")
    start, end = text.index("[run]"), text.index("[accepts]")
    run = sample(PAGE, "toml").split("[run.http]")[0]
    return f'{text[:start]}{run}[run.http]\nurl = "{url}"\n\n{text[end:]}'


def test_the_tables_of_the_page_are_valid(tmp_path: Path) -> None:
    data = tomllib.loads(manifest_text("http://127.0.0.1"))
    data["run"]["http"] = tomllib.loads(sample(PAGE, "toml"))["run"]["http"]
    folder = tmp_path / data["app"]["id"]
    folder.mkdir()
    assert problems_of(data, folder) == []


@pytest.fixture
def app(tmp_path: Path) -> Any:
    """Start the service of the page, and write an app that asks it."""
    (tmp_path / "service.py").write_text(sample(PAGE, "python"), encoding="utf-8")
    module = runpy.run_path(str(tmp_path / "service.py"))
    server = module["main"](0)
    module["Service"].log_message = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    folder = tmp_path / "chest-example"
    folder.mkdir()
    url = f"http://127.0.0.1:{server.server_port}"
    (folder / "app.toml").write_text(manifest_text(url), encoding="utf-8")
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.shows("R42")
@pytest.mark.parametrize(("view", "status"), [("PA", "analysed"), ("LL", "not_suitable")])
def test_the_service_of_the_page_keeps_the_contract(app: Path, tmp_path: Path, view: str, status: str) -> None:
    film = chest_film(1)
    film.ViewPosition = view
    (tmp_path / "film.dcm").write_bytes(encode(film))
    answer = run_app(Settings(), str(app), [tmp_path / "film.dcm"], None)
    assert answer["attempt"]["outcome"] == "answered", answer
    assert answer["status"] == status


def test_the_check_says_that_it_is_there(app: Path, tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COLLEGA_")}
    ran = subprocess.run(
        [sys.executable, "-m", "collega", "apps", "check", str(app), "--json"],
        env=kept | {"COLLEGA_DATA": str(tmp_path / "data")}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    said = json.loads(ran.stdout)
    assert (said["ok"], said["problems"]) == (True, [])
    assert len(said["remarks"]) == 1
    assert "answers 200 to GET /health, without TLS" in said["remarks"][0]

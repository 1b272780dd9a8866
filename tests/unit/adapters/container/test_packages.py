"""Foreign packages, unchanged: what each is given by its published contract, and where its answer comes to stand."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.adapters.container import mercure, monai
from collega.adapters.container.answers import size, sort_out, tidy
from collega.adapters.container.plan import Image, Mount, Places
from collega.errors import CollegaError, ConfigurationError, ManifestError
from collega.model.app import Manifest
from collega.model.job import AttemptOutcome
from collega.testing import records
from tests.unit.adapters.container.conftest import IMAGES, Yard

OBJECTS = ["dicom/deep-00001.dcm", "dicom/deep-00002.dcm"]


@pytest.mark.shows("R42")
async def test_a_monai_package_of_0_1_runs_unchanged(yard: Yard) -> None:
    attempt = await yard.run(kind="monai")
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert yard.left() == ["answer.json", *OBJECTS, "files/picture.png"]
    assert json.loads((yard.folder / "out/answer.json").read_text()) == {"probability": 0.75}
    assert sorted(re.findall(r"given (\S+dcm)", yard.log())) == ["00001.dcm", "00002.dcm"]


@pytest.mark.shows("R42")
async def test_a_monai_package_of_1_0_runs_unchanged(yard: Yard) -> None:
    attempt = await yard.run(kind="holoscan")
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert yard.left() == ["answer.json", *OBJECTS, "files/picture.png"]


@pytest.mark.shows("R42")
async def test_a_mercure_module_runs_unchanged(yard: Yard) -> None:
    (yard.app / "settings.json").write_text('{"side": "left"}', encoding="utf-8")
    attempt = await yard.run(kind="mercure")
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert "side left" in yard.log()
    series, uid = (records.header("0").series_instance_uid, records.header("0").sop_instance_uid)
    assert f"given {series}#{uid}.dcm\n" in yard.log()
    assert f"given {series}#{uid}.tags\n" in yard.log()
    assert "answer.json" in yard.left()
    assert len([name for name in yard.left() if name.startswith("dicom/")]) == IMAGES
    assert not any("task" in name for name in yard.left())


async def test_an_image_without_a_manifest_is_no_monai_package(yard: Yard) -> None:
    attempt = await yard.run(kind="monai", image=yard.names["collega"])
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert "it is no MONAI Application Package" in attempt.detail


def places(folder: Path) -> Places:
    made = Places(inputs=folder / "in", outputs=folder / "out", given=folder / "given", taken=folder / "taken")
    for path in (made.inputs, made.outputs, made.given, made.taken):
        path.mkdir()
    return made


def monai_image(app: object, package: object = None) -> Image:
    files = {"/etc/monai/app.json": json.dumps(app).encode()}
    return Image(
        id="sha256:1", files=files | ({"/etc/monai/pkg.json": json.dumps(package).encode()} if package else {})
    )


def finder(**limits: Any) -> Manifest:
    made = records.manifest()
    return records.manifest(run=replace(made.run, **limits))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("python3 -u /opt/monai/app/app.py", ("python3", "-u", "/opt/monai/app/app.py")),
        ('["python3", "/opt/holoscan/app"]', ("python3", "/opt/holoscan/app")),
        (["/bin/app", "a b"], ("/bin/app", "a b")),
        ("/bin/app 'a b'", ("/bin/app", "a b")),
        ("cd /x && ./run $MODE", ("/bin/sh", "-c", "cd /x && ./run $MODE")),
    ],
)
def test_the_command_of_a_monai_package_in_every_spelling(tmp_path: Path, declared: object, words: tuple[str]) -> None:
    assert monai.plan(finder(), (), monai_image({"command": declared}), places(tmp_path)).command == words


def test_places_of_a_monai_package_are_its_own(tmp_path: Path) -> None:
    app = {"command": "x", "working-directory": "/app", "input": {"path": "/data/in"}, "output": {"path": "results"}}
    package = {"models": [{"name": "organ", "path": "/opt/monai/models/organ/model.ts"}]}
    plan = monai.plan(finder(), (), monai_image(app, package), places(tmp_path))
    assert [(mount.target, mount.writable) for mount in plan.mounts] == [("/data/in", False), ("/app/results", True)]
    assert plan.environment["MONAI_MODELPATH"] == "/opt/monai/models"
    assert plan.environment["MONAI_OUTPUTPATH"] == plan.environment["HOLOSCAN_OUTPUT_PATH"] == "/app/results"
    assert plan.workdir == "/app"


@pytest.mark.parametrize(("asked", "given"), [(0, 10.0), (3, 3.0), (600, 10.0)])
def test_the_shorter_of_two_time_limits_counts(tmp_path: Path, asked: int, given: float) -> None:
    image = monai_image({"command": "x", "timeout": asked})
    assert monai.plan(finder(time_limit_s=10.0), (), image, places(tmp_path)).time_limit_s == given


@pytest.mark.parametrize(
    ("app", "package", "said"),
    [
        ({"command": "x"}, {"resources": {"memory": "8Gi"}}, "asks for 8192 MB of memory, run.memory_mb is 256"),
        ({"command": "x"}, {"resource": {"gpu": 1}}, "asks for 1 graphics processors, run.gpus is 0"),
        (
            {"command": "x"},
            {"resources": {"memory": "much"}},
            "an amount of memory as 512Mi or 2Gi under memory, got 'much'",
        ),
        ({"command": ""}, None, "expected a command under command"),
        ({"command": "x", "input": "here"}, None, "expected an object under input"),
        ({"command": "x", "output": {"path": "/o,source=/etc"}}, None, "as a folder"),
        ({"command": "x", "output": {"path": "../../etc"}}, None, "as a folder"),
        ([], None, "expected a JSON object"),
    ],
)
def test_a_monai_package_that_asks_too_much_or_makes_no_sense_is_refused(
    tmp_path: Path, app: object, package: object, said: str
) -> None:
    with pytest.raises(ManifestError, match=re.escape(said)):
        monai.plan(finder(), (), monai_image(app, package), places(tmp_path))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("command", "environment", "input", "output", "timeout", "working-directory", "resources", "models")


@given(
    app=st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON,
    package=st.dictionaries(st.sampled_from(FIELDS), st.dictionaries(st.sampled_from(("memory", "gpu")), JSON)) | JSON,
)
def test_whatever_an_image_declares_it_is_started_or_refused(app: object, package: object) -> None:
    folder = Places(inputs=Path("/a"), outputs=Path("/b"), given=Path("/c"), taken=Path("/d"))
    try:
        plan = monai.plan(finder(), (), monai_image(app, package), folder)
    except CollegaError:
        return
    assert plan.command
    assert plan.time_limit_s > 0


def test_settings_that_are_no_json_are_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("[1]", encoding="utf-8")
    made = places(tmp_path)
    (made.inputs / "study.json").write_text('{"images": []}', encoding="utf-8")
    with pytest.raises(ManifestError, match="expected a JSON object"):
        mercure.plan(records.manifest(folder=tmp_path), (), Image(id="", files={}), made)


def test_a_folder_with_a_comma_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="comma"):
        Mount(source=tmp_path / "a,b", target="/in")


def test_files_of_the_same_name_keep_apart(tmp_path: Path) -> None:
    made = places(tmp_path)
    for name in ("a b.txt", "a-b.txt", ".hidden"):
        (made.taken / name).write_text(name, encoding="utf-8")
    sort_out(made.taken, made.outputs, {})
    assert sorted(path.name for path in (made.outputs / "files").iterdir()) == ["a-b-2.txt", "a-b.txt", "hidden"]


def test_several_json_files_are_no_answer(tmp_path: Path) -> None:
    made = places(tmp_path)
    for name in ("one.json", "two.json"):
        (made.taken / name).write_text("{}", encoding="utf-8")
    sort_out(made.taken, made.outputs, {})
    assert sorted(path.name for path in (made.outputs / "files").iterdir()) == ["one.json", "two.json"]


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret").write_text("of another patient", encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path / "other")
    assert tidy(tmp_path / "out") == ["link"]
    assert (tmp_path / "other" / "secret").exists()


def test_empty_files_count_too(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / str(number)).touch()
    assert size(tmp_path) > 1024 * 1024

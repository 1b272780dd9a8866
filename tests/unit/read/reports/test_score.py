"""Normal against abnormal: trained on what people said, kept as plain numbers."""

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from collega.bootstrap.reports.report_labels import labeller, read_model, write_model
from collega.bootstrap.reports.report_tables import read_table, sections_of
from collega.config import Settings
from collega.config.reports import Reports
from collega.errors import ConfigurationError
from collega.read.reports.assess import assess
from collega.read.reports.parts import Section
from collega.read.reports.score import Read
from collega.read.reports.train import train, unseen_margins
from collega.read.reports.vocabulary import Part

NORMAL = ("Geen infiltraat.", "Hart niet vergroot.", "Geen pleuravocht.", "Geen bijzonderheden.", "Slank mediastinum.")
ABNORMAL = ("Infiltraat rechts.", "Pleuravocht links.", "Vergroot hart.", "Vreemd voorwerp in situ.")
REPORTS = Path(__file__).parents[5] / "shared/data/reports/iu_chest_reports.csv"


def reports(count: int) -> tuple[list[Read], list[bool]]:
    draw = random.Random(1)  # noqa: S311 - the same reports each time
    abnormal = [number % 3 == 0 for number in range(count)]
    texts = [" ".join([*draw.sample(NORMAL, 3), *draw.sample(ABNORMAL, int(is_so))]) for is_so in abnormal]
    reader = labeller(Settings(), "nl")  # not at import: every process that collects the tests would load spaCy
    return [reader.read([Section(part=Part.FINDINGS, text=text)]) for text in texts], abnormal


def test_a_score_is_learned_is_the_same_each_time_and_survives_its_file(tmp_path: Path) -> None:
    reads, abnormal = reports(120)
    model, again = train("nl", reads, abnormal), train("nl", reads, abnormal)
    assert np.array_equal(model.weights, again.weights)
    assert model.offset == again.offset
    write_model(tmp_path / "normal-nl.npz", model)
    kept = read_model(tmp_path / "normal-nl.npz")
    scores = [kept.score(read) for read in reads]
    assert all((score >= 0.5) == is_so for score, is_so in zip(scores, abnormal, strict=True))
    assert scores == pytest.approx([model.score(read) for read in reads], abs=0.01)
    assert b"infiltraat" not in (tmp_path / "normal-nl.npz").read_bytes()


def test_too_few_reports_train_nothing() -> None:
    reads, abnormal = reports(30)
    with pytest.raises(ValueError, match="at least 20 normal"):
        train("nl", reads, abnormal)


def test_a_tie_counts_half_and_the_interval_is_that_of_wilson() -> None:
    seen = assess(np.array([-1.0, 0.5, 0.5, 2.0]), [False, False, True, True])
    assert seen.auc == 3.5 / 4
    assert (seen.right, seen.accuracy) == (3, 0.75)
    assert seen.accuracy_ci == pytest.approx((0.3006, 0.9544), abs=1e-4)


def test_a_file_that_is_no_score_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "normal-nl.npz"
    file.write_bytes(b"no archive")
    with pytest.raises(ConfigurationError, match="collega reports train"):
        read_model(file)
    np.savez(file, format=np.array([{"run": "me"}], dtype=object))
    with pytest.raises(ConfigurationError, match="another format"):
        read_model(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("format.npy", b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(ConfigurationError):
        read_model(file)


def test_a_score_of_one_language_is_not_used_for_another(tmp_path: Path) -> None:
    (shipped,) = (Path(__file__).parents[4] / "src/collega/read/reports/data").glob("*.npz")
    (tmp_path / "normal-nl.npz").write_bytes(shipped.read_bytes())
    with pytest.raises(ConfigurationError, match="a score of reports in en, and it is named as one of nl"):
        labeller(Settings(reports=Reports(folder=str(tmp_path))), "nl")


def test_the_shipped_score_is_small() -> None:
    (file,) = (Path(__file__).parents[4] / "src/collega/read/reports/data").glob("*.npz")
    assert file.stat().st_size < 1_000_000
    assert read_model(file).language == "en"


@pytest.mark.slow
@pytest.mark.shows("R74")
@pytest.mark.skipif(not REPORTS.exists(), reason="the chest reports of Indiana University are not here")
def test_reports_that_were_not_seen_are_called_right() -> None:
    reader = labeller(Settings(), "en")
    table = read_table(REPORTS)
    reads = [reader.read(sections) for sections in sections_of(reader, table, ("findings", "impression"))]
    (place,) = table.places(["Problems"])
    abnormal = [row[place] != "normal" for row in table.rows]
    seen = assess(unseen_margins(reads, abnormal, seed=7), abnormal)
    assert seen.auc >= 0.989
    assert seen.accuracy >= 0.955

"""``collega reports label``: a table comes back with its labels, or an error says what, where, and what to do."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collega.cli import build_app
from collega.errors import InputError

APP = build_app(["reports"])
TABLE = """uid,findings,impression
1,"The heart is enlarged. There is a small left pleural effusion.","Cardiomegaly, possible pneumonia."
2,"Heart size is normal.\nNo pneumothorax, no ""effusion"".",No acute disease.
3,,
"""


def label(source: Path, out: Path, *more: str) -> str:
    options = ["--text", "findings,impression", "--language", "en", "--out", str(out), *more]
    done = CliRunner().invoke(APP, ["reports", "label", str(source), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "in.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


@pytest.mark.shows("R74")
def test_every_row_and_column_stays_and_labels_are_added(source: Path, tmp_path: Path) -> None:
    said = json.loads(label(source, tmp_path / "out.csv", "--json"))
    assert said.pop("per_second") > 0
    assert said == {"reports": 3, "normal": 1, "empty": 1, "score": "trained", "guessed": 0, "other_language": 0}
    with source.open(encoding="utf-8", newline="") as file:
        before = list(csv.DictReader(file))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        after = list(csv.DictReader(file))
    assert [{name: row[name] for name in before[0]} for row in after] == before
    assert [row["normal"] for row in after] == ["0", "1", "0"]
    assert 0 <= float(after[1]["abnormal_score"]) < 0.5 < float(after[0]["abnormal_score"]) <= 1
    assert after[2]["abnormal_score"] == "0.500000"
    words = ("cardiomegaly", "effusion", "pneumonia", "pneumothorax", "fracture")
    assert [after[0][name] for name in words] == ["present", "present", "uncertain", "", ""]
    assert [after[1][name] for name in words] == ["absent", "absent", "", "absent", ""]
    assert {"haemorrhage", "pulmonary_embolism", "nodule", "atelectasis", "oedema", "emphysema"} <= after[0].keys()
    assert len(list(tmp_path.iterdir())) == 2, "nothing else is left behind"


def test_a_table_as_dutch_spreadsheets_write_it_is_read(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"\xef\xbb\xbfnr;verslag\r\n1;Geen infiltraat, wel pleuravocht.\r\n\r\n2;Geen afwijkingen.\r\n")
    done = CliRunner().invoke(
        APP,
        ["reports", "label", str(source), "--text", "verslag", "--language", "nl", "--out", str(tmp_path / "out.csv")],
    )
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8"), delimiter=";"))
    assert [(row["nr"], row["pneumonia"], row["effusion"], row["normal"]) for row in rows] == [
        ("1", "absent", "present", "0"),
        ("2", "", "", "1"),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"findings,impression\n", "a header and no reports"),
        (b",,\n1,2,3\n", "no header"),
        (b"uid,findings\n1,a\n", "no column 'impression'; its columns are 'uid', 'findings'"),
        (b"findings,impression,findings\na,b,c\n", "2 columns 'findings'"),
        (b"findings,impression,normal\na,b,c\n", "a column 'normal' already"),
        (b"findings,impression\na,b\nc\n", "line 3: 1 cells where the header has 2"),
        (b"findings,impression\na,b,c\n", "line 2: 3 cells where the header has 2"),
        (b"findings,impression\na,b\0\n", "line 2: a null byte"),
        ("findings,impression\na,b\n".encode("utf-16"), "a null byte"),
        (b"findings,impression\na,caf\xe9\n", "line 2: not UTF-8"),
        (b'findings,impression\na,"b\n', "not readable as CSV"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_with_its_place(tmp_path: Path, content: bytes, why: str) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(content)
    with pytest.raises(InputError, match=why) as caught:
        label(source, tmp_path / "out.csv")
    assert str(source) in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_places_that_cannot_be_written_are_refused_before_any_work(source: Path, tmp_path: Path) -> None:
    for out, why in (
        (source, "the table that is read"),
        (tmp_path / "no/out.csv", "no such folder"),
        (tmp_path, "a folder"),
    ):
        with pytest.raises(InputError, match=why):
            label(source, out)
    with pytest.raises(InputError, match="not readable"):
        label(tmp_path / "none.csv", tmp_path / "out.csv")


@pytest.mark.shows("R74")
def test_a_score_of_dutch_text_says_that_it_is_untrained_and_english_rules_on_dutch_that_they_mean_nothing(
    tmp_path: Path,
) -> None:
    source = tmp_path / "in.csv"
    lines = [
        "Geen infiltraat en geen pleuravocht.",
        "De patient ligt tijdens de opname rechts op de zij.",
    ]
    source.write_text("\n".join(["verslag", *lines]), encoding="utf-8")
    told = {}
    for language in ("nl", "en"):
        out = tmp_path / f"{language}.csv"
        command = ["reports", "label", str(source), "--text", "verslag", "--language", language, "--out", str(out)]
        done = CliRunner().invoke(APP, [*command, "--json"], catch_exceptions=False)
        told[language] = json.loads(done.stdout), done.stderr
    (dutch, dutch_notes), (english, english_notes) = told["nl"], told["en"]
    # The second names nothing that is known: called normal, and said to be a guess.
    assert (dutch["score"], dutch["normal"], dutch["guessed"], dutch["other_language"]) == ("rules", 2, 1, 0)
    assert "no score is trained for nl: 1 reports are called normal only because" in dutch_notes
    assert (english["score"], english["other_language"]) == ("trained", 2)
    assert "2 reports look as if they were not in en: their labels and scores mean nothing" in english_notes


def test_a_score_is_trained_on_a_table_and_used(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    rows = [f"{n},Infiltraat rechts {n}.,afwijkend" if n % 2 else f"{n},Normaal beeld {n}.,normaal" for n in range(80)]
    source.write_text("\n".join(["nr,verslag,oordeel", *rows]), encoding="utf-8")
    options = ["--text", "verslag", "--reference", "oordeel", "--language", "nl", "--json"]
    command = ["reports", "train", str(source), *options, "--out", str(tmp_path / "normal-nl.npz")]
    done = CliRunner().invoke(APP, [*command, "--normal", "normaal"], catch_exceptions=False)
    said = json.loads(done.stdout)
    assert (said["reports"], said["normal"], said["accuracy"], said["auc"]) == (80, 40, 1.0, 1.0)
    with pytest.raises(InputError, match="oordeel: at least 20 normal and as many abnormal reports are needed"):
        CliRunner().invoke(APP, [*command, "--normal", "ok"], catch_exceptions=False)
    with pytest.raises(InputError, match=r"reports.folder"):
        CliRunner().invoke(APP, command[:-2], catch_exceptions=False)
    foreign = (
        source.read_text(encoding="utf-8")
        .replace("Infiltraat", "There is an infiltrate on the")
        .replace("Normaal", "No finding and no")
    )
    source.write_text(foreign, encoding="utf-8")
    with pytest.raises(InputError, match="80 of 80 reports look as if they were not in nl; give --language"):
        CliRunner().invoke(APP, [*command, "--normal", "normaal"], catch_exceptions=False)

"""Composite rules are data: in an app's manifest or in the site's own file, a mistake in either is explained."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.run.test_manifest import TEXT

from collega.errors import ConfigurationError, ManifestError
from collega.model.code import Text
from collega.model.rule import Rule, RuleKind
from collega.run.catalogue import LiveCatalogue
from collega.run.manifest import read_manifest
from collega.run.site_rules import SiteRules
from collega.testing import records

SECOND = """
[[findings]]
id = "nodule"
code = { scheme = "SCT", value = "427359005", meaning = "Nodule" }
name = { en = "Nodule", nl = "Nodus" }
scale = [0, 1]
direction = "higher-is-present"
calibrated = false
"""
RULE = """
[[rules]]
id = "normal"
name = { en = "normal film", nl = "normale foto" }
kind = "all_below"
findings = "all"
"""
NORMAL = Rule(
    id="normal",
    name=Text(en="normal film", nl="normale foto"),
    kind=RuleKind.ALL_BELOW,
    findings=("pneumonia", "nodule"),
)
THRESHOLD = "calibrated = false\n"
SPECS = (records.finding_spec(), records.finding_spec(id="nodule"), records.finding_spec(id="b", threshold=None))
APP = records.manifest(findings=SPECS, rules=(NORMAL,))


def write(folder: Path, text: str) -> Path:
    (folder / "finder").mkdir(parents=True, exist_ok=True)
    (folder / "finder" / "app.py").write_text("def main(inputs, outputs): ...\n", encoding="utf-8")
    (folder / "finder" / "app.toml").write_text(text, encoding="utf-8")
    return folder / "finder"


def whole(second: str = SECOND, rule: str = RULE) -> str:
    return TEXT + second + rule


@pytest.mark.shows("R48")
def test_a_manifest_holds_rules(tmp_path: Path) -> None:
    both = SECOND.replace(THRESHOLD, THRESHOLD + "threshold = 0.3\n")
    assert read_manifest(write(tmp_path, whole(both))).rules == (NORMAL,)
    one = RULE.replace('"all"', '["nodule"]')
    assert read_manifest(write(tmp_path, whole(both, one))).rules == (replace(NORMAL, findings=("nodule",)),)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RULE, ["rules[0].findings", "nodule has none"]),
        (RULE.replace('"all"', '["pneumonia", "fracture"]'), ["rules[0].findings", "got fracture"]),
        (RULE.replace('"all"', "[]"), ["rules[0].findings"]),
        (RULE.replace("all_below", "any_above"), ["rules[0].kind", "all_below"]),
        (RULE.replace("kind =", "kinds ="), ["rules[0]", "unknown key kinds"]),
        (RULE.replace('"all"', '["pneumonia"]') * 2, ["rules: expected a different id"]),
    ],
)
def test_a_mistake_in_a_rule_is_explained(tmp_path: Path, rule: str, words: list[str]) -> None:
    with pytest.raises(ManifestError) as caught:
        read_manifest(write(tmp_path, whole(rule=rule)))
    assert all(word in str(caught.value) for word in words), caught.value


SITE = RULE.replace('id = "normal"', 'id = "site-normal"\napp = "finder"').replace('"all"', '["nodule", "pneumonia"]')


@pytest.mark.shows("R48")
def test_a_site_adds_rules_of_its_own(tmp_path: Path) -> None:
    rules = SiteRules(rules_file(tmp_path, SITE))
    found = rules.added_to(APP)
    assert [rule.id for rule in found.rules] == ["normal", "site-normal"]
    assert found.rules[1].findings == ("nodule", "pneumonia")
    assert rules.added_to(records.manifest("other")) == records.manifest("other")


def test_rules_that_do_not_fit_leave_out_their_app_and_no_other(tmp_path: Path) -> None:
    folder = write(tmp_path / "apps", TEXT)
    shutil.copytree(folder, folder.parent / "second")
    second = folder.parent / "second" / "app.toml"
    second.write_text(TEXT.replace('id = "finder"', 'id = "second"'), encoding="utf-8")
    found = LiveCatalogue([folder.parent], amend=SiteRules(rules_file(tmp_path, SITE)).added_to)
    assert list(found) == ["second"]
    assert "for finder: rules[0].findings" in next(iter(found.problems.values()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SITE.replace('["nodule", "pneumonia"]', '"all"'), ["for finder", "b has none"]),
        (SITE.replace("site-normal", "normal"), ["for finder", "normal is an id of the maker's own rule"]),
        (SITE.replace('app = "finder"\n', ""), ["rules[0]", "missing key app"]),
        (SITE + "\n[more]\na = 1\n", ["unknown key more"]),
        ("", ["missing key rules"]),
        ("[[rules", ["not readable as TOML"]),
    ],
)
def test_a_mistake_in_the_file_of_the_site_is_explained(tmp_path: Path, text: str, words: list[str]) -> None:
    file = rules_file(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        SiteRules(file).added_to(APP)
    assert all(word in str(caught.value) for word in [str(file), *words]), caught.value


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"run\.rules: .*No such file"):
        SiteRules(tmp_path / "none.toml")


def rules_file(folder: Path, text: str) -> Path:
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return file

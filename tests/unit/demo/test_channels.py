"""How each app worked, and which channels carried its word."""

from dataclasses import replace

import pytest

from collega.bootstrap.demo.channels import channels
from collega.bootstrap.demo.count import InPacs, Known, Said
from collega.model.finding import Outcome
from collega.model.result import NoAnswer
from collega.model.runtime import Use, Way
from collega.testing.records import manifest

REPORT = "1.2.840.10008.5.1.4.1.1.88.34"
PAGE = "1.2.840.10008.5.1.4.1.1.7"


def said(*, raised: bool = False, **apps: Outcome | NoAnswer | None) -> Said:
    return Said(accession_number="A", received_at=None, state="routed", apps=apps, raised=raised)


@pytest.mark.shows("R32", "R67", "R76")
def test_each_channel_is_counted_by_study() -> None:
    known = Known(
        said={
            "1": said(raised=True, finder=Outcome.FOUND, careful=NoAnswer.NO_RULE_OUT, asked=NoAnswer.NOT_ASKED),
            "2": said(finder=Outcome.NOTHING_FOUND, careful=Outcome.FOUND, screened=NoAnswer.OWN_SCREEN),
            "3": said(finder=None),
        },
        shelf={
            "1": (
                InPacs(sop_class_uid=REPORT, model_name="finder", description=""),
                InPacs(sop_class_uid=PAGE, model_name="collega", description=""),
            ),
            "2": (InPacs(sop_class_uid=REPORT, model_name="careful", description=""),),
        },
        confirmed={},
    )
    uses = {
        "finder": Use(),
        "careful": Use(may_rule_out=False),
        "asked": Use(way=Way.ON_DEMAND),
        "screened": Use(way=Way.OWN_SCREEN, screen="http://127.0.0.1/"),
        "idle": Use(),
    }
    apps = {name: replace(manifest(), id=name, use=use) for name, use in uses.items()}
    found = channels(["1", "2", "3", "unknown"], known, apps)
    counted = {app: (one.studies, one.board, one.pacs, one.raised, dict(one.silent)) for app, one in found.items()}
    assert counted == {
        "finder": (3, 2, 1, 1, {}),
        "careful": (2, 2, 1, 0, {NoAnswer.NO_RULE_OUT: 1}),
        "asked": (1, 0, 0, 0, {NoAnswer.NOT_ASKED: 1}),
        "screened": (1, 0, 0, 0, {NoAnswer.OWN_SCREEN: 1}),
    }
    assert found["screened"].way is Way.OWN_SCREEN


def test_an_app_that_may_not_prioritise_raises_nothing() -> None:
    known = Known(said={"1": said(raised=True, finder=Outcome.FOUND)}, shelf={}, confirmed={})
    quiet = replace(manifest(), id="finder", use=Use(may_prioritise=False))
    assert channels(["1"], known, {"finder": quiet})["finder"].raised == 0

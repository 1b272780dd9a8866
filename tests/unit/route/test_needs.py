"""Which apps an image is for, of those that can start early: by its own values, however the images are mixed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.app import Manifest, Needs
from collega.model.study import Attribute, InstanceHeader
from collega.route.needs import takers, takes
from collega.testing import records

pytestmark = pytest.mark.shows("R26")

TEXTS = st.sampled_from(["CT", "MR", "HEAD", "soft", ""])
RANGES = st.sampled_from([{"at_least": 1.0}, {"at_most": 2.0}, {"at_least": 0, "at_most": 0}])
ACCEPTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("modality", "body_part", "kernel", "image_type_not"), st.lists(TEXTS, max_size=2)),
        "sop_class": st.just([records.CR_CLASS]),
        "slice_thickness_mm": RANGES,
    },
)
TEXT_VALUES: st.SearchStrategy[Attribute] = st.one_of(TEXTS, st.none(), st.tuples(TEXTS, TEXTS))
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("modality", "body_part", "kernel", "image_type"), TEXT_VALUES),
        "slice_thickness_mm": st.sampled_from([None, 0.0, 1.0, 1.5, 3.0]),
        "instance_number": st.sampled_from([None, 1.0, 2.0]),
    },
)
APP_NAMES = ("a", "b", "c")
APPS = st.dictionaries(st.sampled_from(APP_NAMES), st.tuples(ACCEPTS, st.booleans()), max_size=3)


def manifests(said: dict[str, tuple[dict[str, Any], bool]]) -> dict[str, Manifest]:
    needs = {True: Needs(minimum_slices=1), False: None}
    return {name: records.manifest(name, accepts=accepts, needs=needs[has]) for name, (accepts, has) in said.items()}


def one_by_one(apps: dict[str, Manifest], header: InstanceHeader) -> list[str]:
    return [name for name, app in apps.items() if app.needs is not None and takes(app, header.value)]


@given(
    catalogues=st.lists(APPS, min_size=1, max_size=3),
    images=st.lists(st.tuples(ATTRIBUTES, st.sampled_from([records.CR_CLASS, "1.2"])), max_size=8),
)
def test_an_image_is_for_the_apps_whose_rules_it_fulfils_also_after_others_and_after_a_change_of_the_apps(
    catalogues: list[dict[str, tuple[dict[str, Any], bool]]], images: list[tuple[dict[str, Attribute], str]]
) -> None:
    present: dict[str, Manifest] = {}
    takers_of = takers(present)
    for said in catalogues:
        present.clear()
        present.update(manifests(said))
        for attributes, sop_class in (*images, *images):
            header = records.header(attributes=attributes, sop_class_uid=sop_class)
            assert list(takers_of(header)) == one_by_one(present, header)

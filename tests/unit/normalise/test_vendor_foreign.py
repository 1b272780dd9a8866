"""Objects that others wrote are read for what they say."""

from pathlib import Path

import pytest

from collega.formats.vendor.objects import read_object

FOREIGN = Path(__file__).parents[4] / "shared" / "data" / "foreign"
SAID = {
    "seg_image_cr_binary": ["Connective tissue"],
    "seg_image_ct_binary": ["Bone"],
    "seg_image_ct_binary_overlap": ["Bone", "Spine"],
    "seg_image_ct_true_fractional": ["Bone"],
    "sr_document": ["Spinal cord"],
    "sr_document_with_multiple_groups": ["", "Nodule", "Aorta", "Vertebra"],
}


@pytest.mark.skipif(not FOREIGN.is_dir(), reason="needs the objects of ../shared/data/foreign beside the checkout")
@pytest.mark.shows("R5")
@pytest.mark.parametrize("name", list(SAID))
def test_it_names_its_findings_and_where_they_are(name: str) -> None:
    said = read_object(FOREIGN / f"{name}.dcm", name)
    assert [item.concept.meaning if item.concept else "" for item in said.statements] == SAID[name]
    named = [item for item in said.statements if item.concept]
    assert all(item.regions or item.contours or (item.mask and item.mask.frames) for item in named)

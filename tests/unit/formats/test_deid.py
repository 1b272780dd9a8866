"""Objects without their patients: what goes, what stays, under which option, and that it is the same each time."""

import pydicom
import pytest
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from collega.errors import ConfigurationError, QuarantineError
from collega.formats.dicom_deid.engine import deidentify
from collega.formats.dicom_deid.options import BASIC, CODES, Option
from collega.formats.dicom_deid.plan import rule_of, safe_text
from collega.formats.dicom_deid.private import shipped
from collega.formats.dicom_deid.profile import Profile, SafePrivate, preset, read_profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.table import rules
from collega.formats.dicom_deid.words import cleaned
from collega.testing.synthetic import ct_series

pytestmark = [pytest.mark.shows("R13", "R85"), pytest.mark.filterwarnings("ignore::UserWarning")]
PSEUDONYMS = Pseudonyms(key=bytes(range(32)), project="a")


def with_options(*options: Option) -> Profile:
    """Make a profile with these options."""
    return Profile(project="a", name="test", options=frozenset(options))


def out(dataset: Dataset, *options: Option) -> Dataset:
    """De-identify with these options."""
    return deidentify(dataset, with_options(*options), PSEUDONYMS).dataset


def test_the_table_spells_attributes_as_the_dictionary_does() -> None:
    named = {tag: rule.keyword for tag, rule in rules().items() if "x" not in tag}
    assert not {tag for tag, word in named.items() if (keyword_for_tag(int(tag, 16)) or word) != word}
    assert len(named) == 652
    assert {rule.basic for rule in rules().values()} == {
        *("X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U"),
    }
    assert not [word for word in safe_text() if pydicom.datadict.tag_for_keyword(word) is None]


def test_the_codes_of_the_options_are_those_of_the_standard() -> None:
    published = {code.value: code.meaning for code in codes.cid7050.concepts.values()}
    ours = {code.value: code.meaning for code in (BASIC, *CODES.values())}
    assert {value: published.get(value, meaning) for value, meaning in ours.items()} == ours
    assert set(published) <= set(ours)


def test_a_slice_leaves_with_pseudonyms_and_says_so() -> None:
    original = ct_series(1)[0]
    before = original.to_json()
    done = out(original)
    assert done.PatientID == done.PatientName == PSEUDONYMS.patient(original.PatientID)
    assert done.SOPInstanceUID == PSEUDONYMS.uid(original.SOPInstanceUID)
    assert done.SOPClassUID == original.SOPClassUID
    assert (done.PatientIdentityRemoved, done.LongitudinalTemporalInformationModified) == ("YES", "REMOVED")
    assert [item.CodeValue for item in done.DeidentificationMethodCodeSequence] == ["113100"]
    assert done.PixelData == original.PixelData
    assert original.to_json() == before, "what was given stays as it is"


KEPT = {
    "StationName": Option.RETAIN_DEVICE,
    "InstitutionName": Option.RETAIN_INSTITUTION,
    "PatientAge": Option.RETAIN_PATIENT,
    "StudyInstanceUID": Option.RETAIN_UIDS,
    "StudyDate": Option.FULL_DATES,
}


@pytest.mark.parametrize(("keyword", "option"), KEPT.items())
def test_an_option_keeps_what_it_names_and_no_other_option_does(keyword: str, option: Option) -> None:
    original = ct_series(1)[0]
    original.StationName, original.InstitutionName, original.PatientAge = "CT3", "Hospital", "052Y"
    others = [other for other in Option if other is not option and other is not Option.MODIFIED_DATES]
    others = [other for other in others if other is not Option.FULL_DATES]
    assert out(original, option).get(keyword) == original[keyword].value
    assert out(original, *others).get(keyword) != original[keyword].value
    assert CODES[option].value in {item.CodeValue for item in out(original, option).DeidentificationMethodCodeSequence}


def test_dates_of_a_patient_move_together_and_times_stay() -> None:
    first, second = ct_series(1)[:2]
    first.StudyDate, second.StudyDate, first.StudyTime = "20240228", "20240301", "235959.5"
    first.AcquisitionDateTime, second.ContentDate = "20240228235959+0100", "20240231"
    dates = [pydicom.valuerep.DA(out(item, Option.MODIFIED_DATES).StudyDate) for item in (first, second)]
    moved = out(first, Option.MODIFIED_DATES)
    assert (dates[1] - dates[0]).days == 2
    assert moved.StudyTime == first.StudyTime
    assert moved.AcquisitionDateTime == f"{moved.StudyDate}235959+0100"
    assert moved.LongitudinalTemporalInformationModified == "MODIFIED"
    assert out(second, Option.MODIFIED_DATES).ContentDate is None, "no such day, and the attribute may be empty"


def test_descriptions_keep_words_of_a_list_alone() -> None:
    assert cleaned("CT thorax met iv contrast, mw. de Vries 3x 1.5mm 8827461") == "CT thorax met iv contrast 1.5mm"
    assert cleaned("met de Vries") == ""
    original = ct_series(1)[0]
    original.StudyDescription, original.SeriesDescription = "CT Thorax Jansen", "Jansen"
    done = out(original, Option.CLEAN_DESCRIPTORS)
    assert done.StudyDescription == "CT Thorax"
    assert "SeriesDescription" not in done


def test_the_very_old_cannot_be_told_apart_by_their_age() -> None:
    original = ct_series(1)[0]
    original.PatientAge = "097Y"
    assert out(original, Option.RETAIN_PATIENT).PatientAge == "090Y"


def test_two_projects_and_two_keys_have_nothing_in_common() -> None:
    other_project = Pseudonyms(key=PSEUDONYMS.key, project="b")
    other_key = Pseudonyms(key=bytes(32), project="a")
    for other in (other_project, other_key):
        assert other.patient("1") != PSEUDONYMS.patient("1")
        assert other.uid("1.2") != PSEUDONYMS.uid("1.2")
        assert other.accession("1") != PSEUDONYMS.accession("1")
        assert other.fingerprint() != PSEUDONYMS.fingerprint()
    assert "\\x00" not in repr(PSEUDONYMS), "the key stands in no log"
    with pytest.raises(ConfigurationError):
        Pseudonyms(key=b"short", project="a")


def test_an_accession_number_gets_a_pseudonym_where_the_profile_says_so() -> None:
    original = ct_series(1)[0]
    original.AccessionNumber = "ACC1"
    profile = Profile(project="a", pseudonymous_accession=True)
    done = deidentify(original, profile, PSEUDONYMS).dataset
    assert done.AccessionNumber == PSEUDONYMS.accession("ACC1")
    assert len(done.AccessionNumber) <= 16


def test_safe_private_elements_stay_with_those_that_reserve_them() -> None:
    original = ct_series(1)[0]
    block = original.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "1000")
    block.add_new(0x0A, "US", 3)
    original.private_block(0x0021, "MINE", create=True).add_new(1, "DS", "2.5")
    assert not [element for element in out(original) if element.tag.is_private]
    own = SafePrivate(creator="MINE", group=0x0021, element=1, vr="DS")
    profile = Profile(project="a", options=frozenset({Option.RETAIN_SAFE_PRIVATE}), safe_private=(own,))
    done = deidentify(original, profile, PSEUDONYMS).dataset
    assert [str(element.tag) for element in done if element.tag.is_private] == [
        *("(0019,0010)", "(0019,100C)", "(0021,0010)", "(0021,1001)"),
    ]
    assert len(shipped()) > 20


@pytest.mark.parametrize("keyword", ["DirectoryRecordSequence", "EncapsulatedDocument"])
def test_what_cannot_be_cleaned_is_held_back(keyword: str) -> None:
    original = ct_series(1)[0]
    setattr(original, keyword, [] if keyword.endswith("Sequence") else b"%PDF")
    with pytest.raises(QuarantineError, match="held back"):
        out(original)


@pytest.mark.parametrize(
    "sop_class",
    [
        *("1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2", "1.2.840.10008.5.1.4.1.1.66"),
        *("1.2.840.10008.5.1.4.1.1.77.1.1.1", "1.2.840.10008.5.1.4.1.1.9.4.1", "1.3.12.2.1107.5.9.1"),
    ],
)
def test_classes_that_cannot_be_cleaned_are_held_back(sop_class: str) -> None:
    original = ct_series(1)[0]
    original.SOPClassUID = sop_class
    with pytest.raises(QuarantineError) as caught:
        out(original)
    assert caught.value.code == "cannot-be-cleaned"


def test_a_profile_is_read_from_toml() -> None:
    text = """
    base = "research"
    options = ["retain-device-identity"]
    keep = ["StudyID"]
    [[areas]]
    modality = "US"
    rows = 480
    boxes = [[0, 0, 640, 40]]
    """
    profile = read_profile(text, "own", "a")
    assert profile.options == preset("research", "a").options | {Option.RETAIN_DEVICE}
    assert profile.areas[0].boxes == ((0, 0, 640, 40),)
    method = deidentify(ct_series(1)[0], profile, PSEUDONYMS).dataset.DeidentificationMethodCodeSequence
    claimed = {item.CodeValue for item in method}
    assert BASIC.value not in claimed, "who keeps more than the options do cannot claim the basic profile"


@pytest.mark.parametrize(
    "text",
    [
        'options = ["no-such-option"]',
        'keep = ["NoSuchAttribute"]',
        "unknown = 1",
        "looks_for_text = 1",
        'options = ["retain-full-dates", "retain-modified-dates"]',
        "not toml",
        "areas = [{boxes = [[1, 2]]}]",
        'keep = "StudyID"',
    ],
)
def test_a_wrong_profile_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match="own"):
        read_profile(text, "own", "a")


def test_curves_and_overlays_have_one_rule_for_all_their_groups() -> None:
    assert rule_of(0x60023000) == rules()["60xx3000"]
    assert rule_of(0x50041000) == rules()["50xxxxxx"]
    assert rule_of(0x00100010) == rules()["00100010"]

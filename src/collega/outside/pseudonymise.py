"""The folder of an attempt made ready to leave: every object through the engine, then searched for what must not be."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from collega.errors import QuarantineError
from collega.formats.dicom_deid.engine import deidentify
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_scan import PIXEL_TAGS
from collega.formats.dicom_study import UNREADABLE, read_header
from collega.formats.dicom_write import encode
from collega.model.study import InstanceHeader, Patient, Study
from collega.outside.burned import may_show_text
from collega.outside.crossing import Collected, Crossing
from collega.outside.told import OLDEST, Telling

STUDY = "study.json"
ANY_ZONE = ZoneInfo("UTC")
# What the engine says of pixels that it has looked at, or could not look at.
TEXT = re.compile(r"\btext\b")
YEARS = re.compile(r"\d{3}Y")
# What an app cannot do without: sex, age, size and weight; how far two studies lie apart.
OPTIONS = frozenset({Option.RETAIN_PATIENT, Option.MODIFIED_DATES, Option.CLEAN_PIXELS})


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A folder that may leave.

    Parameters
    ----------
    names : Mapping
        What is kept to read it back: kind -> pseudonym and what it stands for.
    files, bytes : int
        How many, and how much.
    """

    crossing: Crossing
    names: Mapping[str, tuple[str, str]]
    files: int
    bytes: int


def make_ready(  # noqa: PLR0913 - one folder, one account
    inputs: Path, sent: Path, study: Study, profile: Profile, pseudonyms: Pseudonyms, *, sends_free_text: bool
) -> Ready:
    """Make ``sent`` from ``inputs``: the same files under the same names, about nobody.

    Raises
    ------
    QuarantineError
        Something cannot leave: ``burned-in``, ``identity-left``, or what the engine says.
    """
    work = _Work(study=study, profile=profile, pseudonyms=pseudonyms)
    work.folder(inputs, sent)
    crossing = work.crossing()
    telling = Telling(headers=work.headers, days=work.days, sends_free_text=sends_free_text)
    told = json.dumps(telling.told(json.loads((inputs / STUDY).read_text(encoding="utf-8"))), indent=1)
    _refuse_what_is_left(crossing, [told, *work.heads])
    (sent / STUDY).write_text(told, encoding="utf-8")
    return work.ready(crossing, sent)


def make_objects_ready(  # noqa: PLR0913 - one folder, one account
    inputs: Path, sent: Path, study: Study, profile: Profile, pseudonyms: Pseudonyms, texts: Sequence[str]
) -> Ready:
    """Make ``sent`` from the objects of ``inputs``; ``texts`` go beside them, and are searched as they are.

    Raises
    ------
    QuarantineError
        As `make_ready`.
    """
    work = _Work(study=study, profile=profile, pseudonyms=pseudonyms)
    work.folder(inputs, sent)
    crossing = work.crossing()
    _refuse_what_is_left(crossing, [*texts, *work.heads])
    return work.ready(crossing, sent)


class _Work:
    """One study while it is made ready; whatever number its files bear, they are of one patient."""

    def __init__(self, *, study: Study, profile: Profile, pseudonyms: Pseudonyms) -> None:
        self._study, self._profile, self._pseudonyms = study, profile, pseudonyms
        # Where nobody has a number, a study is all that there is of its patient, as the engine sees it.
        self._person = (study.patient.patient_id or study.study_instance_uid, study.patient.issuer)
        self.days = pseudonyms.days(*self._person)
        self._collected = Collected(pseudonyms=pseudonyms, days=self.days)
        self.headers: dict[str, InstanceHeader] = {}
        self.heads: list[str] = []

    def folder(self, inputs: Path, sent: Path) -> None:
        """Make every object of a folder ready."""
        for path in sorted(inputs.rglob("*.dcm")):
            name = path.relative_to(inputs).as_posix()
            (sent / name).parent.mkdir(parents=True, exist_ok=True)
            (sent / name).write_bytes(self.object(path, name))

    def ready(self, crossing: Crossing, sent: Path) -> Ready:
        """Give the account of a folder that may leave."""
        sizes = [path.stat().st_size for path in sent.rglob("*") if path.is_file()]
        return Ready(crossing=crossing, names=self.names(), files=len(sizes), bytes=sum(sizes))

    def object(self, path: Path, name: str) -> bytes:
        """Make one object ready."""
        try:
            came = dcmread(path)
            if may_show_text(came, self._profile.areas):
                text = f"{name}: text may be burned into its pixels, and no rule covers it"
                raise QuarantineError("burned-in", text)
            made = deidentify(_as_of(came, self._study.patient), self._profile, self._pseudonyms)
            if self._profile.looks_for_text and any(TEXT.search(warning) for warning in made.report.warnings):
                text = f"{name}: something in its pixels looks like text"
                raise QuarantineError("burned-in", text)
            left = made.dataset
            self._collected.take(came, left)
            _blur_age(left)
            if left.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
                left.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            encoded = encode(left)
            self.headers[name] = read_header(encoded, ANY_ZONE)
            self.heads.append(_head(left))
        except UNREADABLE as error:
            text = f"{name}: cannot be made ready to leave ({type(error).__name__})"
            raise QuarantineError("identity-left", text) from error
        return encoded

    def crossing(self) -> Crossing:
        """Sum up."""
        pseudonym = self._pseudonyms.patient(*self._person)
        return self._collected.crossing(pseudonym, self._study.patient.patient_id)

    def names(self) -> dict[str, tuple[str, str]]:
        """Give what is to be read back one day."""
        study = self._study
        patient = json.dumps({"issuer": study.patient.issuer, "patient_id": study.patient.patient_id})
        found = {
            "patient": (self._pseudonyms.patient(*self._person), patient),
            "study": (self._pseudonyms.uid(study.study_instance_uid), study.study_instance_uid),
        }
        if study.accession_number:
            found["accession"] = (self._pseudonyms.accession(study.accession_number), study.accession_number)
        return found


def _as_of(came: Dataset, patient: Patient) -> Dataset:
    """Give an object the number under which its study stands; one that was merged away is still looked for."""
    if str(came.get("PatientID") or "") == patient.patient_id and str(came.get("IssuerOfPatientID") or "") == (
        patient.issuer
    ):
        return came
    made = Dataset()
    made.update(came)
    _encode_as(made, came)
    made.OtherPatientIDs = str(came.get("PatientID") or "")
    made.PatientID, made.IssuerOfPatientID = patient.patient_id, patient.issuer
    return made


def _encode_as(made: Dataset, came: Dataset) -> None:
    implicit, little = came.original_encoding
    made.set_original_encoding(implicit, little, came.original_character_set)


def _blur_age(dataset: Dataset) -> None:
    age = str(dataset.get("PatientAge") or "")
    if YEARS.fullmatch(age) and int(age[:3]) > OLDEST:
        dataset.PatientAge = f"{int(OLDEST):03d}Y"


def _head(dataset: Dataset) -> str:
    """Write all but the pixels, as text that can be searched."""
    head = Dataset()
    head.update({tag: dataset.get_item(tag) for tag in dataset.keys() if tag not in PIXEL_TAGS})  # noqa: SIM118 - its elements are not read
    _encode_as(head, dataset)
    head.file_meta = dataset.file_meta
    return encode(head).decode("latin-1")


def _refuse_what_is_left(crossing: Crossing, texts: list[str]) -> None:
    """Look a second time, by other means than the engine's."""
    found = sum(crossing.secrets.are_in(text) for text in texts)
    if found:
        text = f"a number, name or UID of the patient is left in {found} of {len(texts)} files"
        raise QuarantineError("identity-left", text)


def profile_of(project: str, base: Profile | None) -> Profile:
    """Give the profile of an app in the cloud: the basic one of PS3.15, what apps need, and what the site adds."""
    known = base or Profile(name="cloud")
    return replace(known, project=project, options=OPTIONS | known.options, pseudonymous_accession=True)


def jsonable(names: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Give the pseudonyms of a study by their kind, for the audit record."""
    return {kind: pseudonym for kind, (pseudonym, _) in names.items()}

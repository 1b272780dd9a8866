"""Studies with names and numbers planted wherever an object has room for them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from pydicom import DataElement, Dataset, Sequence
from pydicom.datadict import dictionary_VR, tag_for_keyword

from collega.testing.synthetic import chest_film

# One or more of every VR that can hold a word.
TEXTS = (
    *(
        "OtherPatientNames",
        "PatientMotherBirthName",
        "ReferringPhysicianName",
        "OperatorsName",
        "PerformingPhysicianName",
    ),
    *("OtherPatientIDs", "PatientAddress", "PatientTelephoneNumbers", "MilitaryRank", "Occupation", "AdmissionID"),
    *("PatientComments", "ImageComments", "AdditionalPatientHistory", "StudyComments", "VisitComments"),
    *("InstitutionName", "InstitutionAddress", "StationName", "DeviceSerialNumber", "PerformedLocation"),
    *(
        "StudyDescription",
        "SeriesDescription",
        "ProtocolName",
        "RequestedProcedureDescription",
        "AdmittingDiagnosesDescription",
    ),
    *(
        "ScheduledStationAETitle",
        "PerformedStationAETitle",
        "RetrieveAETitle",
        "CountryOfResidence",
        "RegionOfResidence",
    ),
    *("PersonName", "TextValue", "UniversalEntityID", "ContentCreatorName", "LensMake", "LabelText", "RetrieveURI"),
    *("Allergies", "MedicalAlerts", "SpecialNeeds", "DerivationDescription", "AcquisitionComments", "FrameComments"),
)
DATES = ("PatientBirthDate", "LastMenstrualDate", "AdmittingDate", "ScheduledProcedureStepStartDate")
LETTERS = "BCDFGHJKLM"


@dataclass(kw_only=True)
class Plants:
    """Makes marks that stand nowhere else, and knows each of them."""

    marks: list[str] = field(default_factory=list)

    def mark(self) -> str:
        """Make another."""
        number = f"{len(self.marks):03d}"
        made = "QX" + "".join(LETTERS[int(sign)] for sign in number) + "VZ"
        self.marks.append(made)
        return made

    def date(self) -> str:
        """Make another one that looks like a day."""
        made = f"18{len(self.marks) % 60 + 20:02d}1{len(self.marks) % 3}{len(self.marks) % 18 + 10}"
        self.marks.append(made)
        return made

    def film(self, seed: int, *, run: str = "") -> Dataset:
        """Make a film of the patient ``Q-PATIENT-7``, full of them."""
        film = chest_film(seed, compressed=False, run=run)
        self.fill(film)
        film.PatientID, film.IssuerOfPatientID = "Q-PATIENT-7", "Q-ISSUER"
        film.PatientName, film.PatientSex, film.PatientAge = "Quaxelmann^Zebulonia", "F", "093Y"
        film.AccessionNumber, film.StudyID = "QACC-4711", "QSTUDY"
        item = Dataset()
        self.fill(item)
        deeper = Dataset()
        self.fill(deeper, most=6)
        item.ReferencedStudySequence = Sequence([deeper])
        film.RequestAttributesSequence = Sequence([item])
        for group in (0x0009, 0x0029, 0x7FE1):
            block = film.private_block(group, f"Q {self.mark()}"[:16], create=True)
            block.add_new(1, "LO", self.mark())
            block.add_new(2, "UN", f"{self.mark()} {self.mark()}".encode())
            block.add_new(3, "OB", self.mark().encode() + b"\0")
            block.add_new(4, "UT", self.mark())
        film.add(DataElement(0x60004000, "LT", self.mark()))
        return film

    def fill(self, dataset: Dataset, most: int = 1000) -> None:
        """Plant marks in a data set."""
        for keyword in islice(TEXTS, most):
            vr = dictionary_VR(tag_for_keyword(keyword) or 0)
            mark = self.mark()
            value = {"PN": f"{mark}^{mark}", "UR": f"https://h/{mark}"}.get(vr, mark)
            dataset.add(DataElement(tag_for_keyword(keyword) or 0, vr, value))
        for keyword in islice(DATES, most):
            setattr(dataset, keyword, self.date())


def left(marks: list[str], heard: bytes) -> Iterator[str]:
    """Find marks in bytes, in capitals or not, in one byte or two for each sign."""
    lowered = heard.lower()
    for mark in marks:
        low = mark.lower()
        if any(low.encode(encoding) in lowered for encoding in ("ascii", "utf-16-le", "utf-16-be")):
            yield mark

"""Objects full of identifiers, at every place that can hold one."""

from collections.abc import Iterator
from pathlib import Path

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import UID, ComprehensiveSRStorage, ExplicitVRLittleEndian

from collega.testing.synthetic import ct_series

NAME, NUMBER, BORN = "ZEEWOLDE^Quirijn", "QX8827461", "19580417"
ROOT = "1.3.6.1.4.1.99999.8827461"
TEXTS = ("LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE")
WORDS = (
    *("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments", "PatientComments", "InstitutionName"),
    *("InstitutionAddress", "ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName", "StationName"),
    *("RequestedProcedureDescription", "PerformedProcedureStepDescription", "AdditionalPatientHistory", "Occupation"),
    *("PatientBirthName", "PatientMotherBirthName", "OtherPatientNames", "PatientAddress", "MilitaryRank"),
    *("DerivationDescription", "AcquisitionComments", "ContrastBolusAgent", "DeviceSerialNumber", "FrameComments"),
    *("AdmittingDiagnosesDescription", "StudyComments", "CountryOfResidence", "PatientTelephoneNumbers"),
    *("RetrieveAETitle", "StationAETitle", "TextValue", "TrackingID", "SegmentDescription", "DocumentTitle"),
    *(
        "DataSetDescription",
        "PatientSpeciesDescription",
        "InterventionDrugName",
        "FrameLabel",
        "GraphicLayerDescription",
    ),
    *("ContentDescription", "SourceDescription", "InstructionText", "FieldOfViewDescription", "DeviceID", "ImageID"),
    *(
        "HL7InstanceIdentifier",
        "TargetLabel",
        "ConfigurationName",
        "ProductName",
        "CalculationComment",
        "AccessoryCode",
    ),
)
NUMBERS = (
    *("OtherPatientIDs", "AccessionNumber", "AdmissionID", "StudyID", "PatientInsurancePlanCodeSequence"),
    *("IssuerOfPatientID", "MedicalRecordLocator", "RequestedProcedureID", "PerformedProcedureStepID"),
    *("FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberImagingServiceRequest", "PlateID", "CassetteID"),
)
# Stay by rule, and hold what they should not.
STAYS = ("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "SequenceName", "FilterType", "BodyPartExamined")


SEQUENCES = (
    *("RequestAttributesSequence", "OriginalAttributesSequence", "ReferencedStudySequence"),
    *("ProcedureCodeSequence", "ReferencedImageSequence", "ContributingEquipmentSequence"),
    *("AnatomicRegionSequence", "ReferencedPatientSequence", "DigitalSignaturesSequence"),
    *("IconImageSequence", "OtherPatientIDsSequence", "PersonIdentificationCodeSequence"),
    *("SourceImageSequence", "AcquisitionContextSequence", "GraphicAnnotationSequence"),
    *("SpecimenDescriptionSequence",),
)
INSIDE = ("PatientName", "PatientID", "InstitutionName", "ImageComments", "UnformattedTextValue", "TextValue")


class Planter:
    """Plants identifiers, and knows which: each has a number of its own, so that none hides another."""

    def __init__(self) -> None:
        self.planted: set[str] = set()

    def word(self) -> str:
        """Give a word that stands nowhere else."""
        word = f"Kwx{len(self.planted):03}zj"
        self.planted.add(word)
        return word

    def text(self, keyword: str) -> DataElement:
        """Give an element of text with a new word, beside others."""
        vr = dictionary_VR(keyword)
        word = self.word()
        return DataElement(keyword, vr, word if vr in {"AE", "SH"} else f"for {word} of")

    def uid(self) -> str:
        """Give a UID that stands nowhere else."""
        uid = f"{ROOT}.{len(self.planted)}.7"
        self.planted.add(uid)
        return uid


def planted_slice() -> tuple[Dataset, set[str]]:
    """Give a CT slice with identifiers in every VR, in sequences, private blocks, overlays and curves."""
    planter = Planter()
    dataset = ct_series(3)[0]
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = NAME, NUMBER, BORN
    planter.planted |= {"ZEEWOLDE", "Quirijn", NUMBER, BORN}
    dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = (planter.uid() for _ in range(3))
    dataset.FrameOfReferenceUID, dataset.DeviceUID = planter.uid(), planter.uid()
    for keyword in (*WORDS, *(word for word in NUMBERS if dictionary_VR(word) != "SQ")):
        dataset[keyword] = planter.text(keyword)
    for keyword, value in zip(
        STAYS, (NAME.upper(), NUMBER, "Quirijn", "zeewolde", "ZeeWolde 1", "ZEEWOLDE"), strict=True
    ):
        setattr(dataset, keyword, value)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "ZEEWOLDE"]
    dataset.ScanOptions = NUMBER
    _plant_dates(dataset, planter)
    _plant_in_sequences(dataset, planter)
    _plant_private(dataset, planter)
    _plant_planes(dataset, planter)
    _plant_odd(dataset, planter)
    return dataset, planter.planted


def _plant_dates(dataset: Dataset, planter: Planter) -> None:
    for number, keyword in enumerate(
        ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "LastMenstrualDate")
    ):
        dataset[keyword] = DataElement(keyword, "DA", f"2031{number + 1:02}17")
        planter.planted.add(f"2031{number + 1:02}17")
    dataset.AcquisitionDateTime = "20310817101112.5"
    planter.planted.add("20310817")
    with_text = DataElement("ScheduledProcedureStepStartDate", "LO", planter.word())
    dataset[with_text.tag] = DataElement(with_text.tag, "LO", with_text.value)


def _plant_in_sequences(dataset: Dataset, planter: Planter) -> None:
    for keyword in SEQUENCES:
        item = Dataset()
        for word in (
            "PatientName",
            "PatientID",
            "InstitutionName",
            "ImageComments",
            "UnformattedTextValue",
            "TextValue",
        ):
            item[word] = planter.text(word)
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", planter.uid()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "7", "99SITE", planter.word()
        item.add_new(Tag(0x0009, 0x0010), "LO", "SITE 1.0")
        item.add_new(Tag(0x0009, 0x1001), "LO", planter.word())
        deeper = Dataset()
        deeper.SpecimenShortDescription, deeper.StudyInstanceUID = planter.word(), planter.uid()
        item.RelatedSeriesSequence = [deeper]
        dataset[keyword] = DataElement(keyword, "SQ", Sequence([item]))


def _plant_private(dataset: Dataset, planter: Planter) -> None:
    dataset.add_new(Tag(0x0029, 0x0010), "LO", planter.word())
    for number, vr in enumerate(("LO", "SH", "UT", "PN", "CS", "UI")):
        word = planter.uid() if vr == "UI" else planter.word().upper()
        dataset.add_new(Tag(0x0029, 0x1000 + number), vr, word)
    for number, vr in enumerate(("OB", "UN")):
        dataset.add_new(Tag(0x0029, 0x1010 + number), vr, planter.word().encode("utf-16-le") + b"x" + b"\0")
    item = Dataset()
    item.add_new(Tag(0x0029, 0x0010), "LO", "SITE 2.0")
    item.add_new(Tag(0x0029, 0x1020), "PN", planter.word())
    dataset.add_new(Tag(0x0029, 0x1030), "SQ", Sequence([item]))
    # A block that is safe by its name, with what is not.
    dataset.add_new(Tag(0x0019, 0x0010), "LO", "SIEMENS MR HEADER")
    dataset.add_new(Tag(0x0019, 0x100C), "IS", "1000")
    dataset.add_new(Tag(0x0019, 0x100D), "CS", "ZEEWOLDE")
    dataset.add_new(Tag(0x0019, 0x100A), "LO", planter.word())


def _plant_planes(dataset: Dataset, planter: Planter) -> None:
    for group in (0x6000, 0x6002):
        dataset.add_new(Tag(group, 0x0022), "LO", planter.word())
        dataset.add_new(Tag(group, 0x1500), "LO", planter.word())
        dataset.add_new(Tag(group, 0x4000), "LT", planter.word())
        dataset.add_new(Tag(group, 0x3000), "OW", planter.word().encode() + b"\0\0")
    dataset.add_new(Tag(0x5000, 0x0022), "LO", planter.word())
    dataset.add_new(Tag(0x5000, 0x3000), "OB", planter.word().encode() + b"\0\0")


def _plant_odd(dataset: Dataset, planter: Planter) -> None:
    for keyword in ("RetrieveURL", "RetrieveURI", "CodingSchemeURL", "ContactURI"):
        dataset[keyword] = DataElement(keyword, "UR", f"https://a/{planter.word()}")
    dataset.add_new(Tag(0x4321, 0x0020), "UN", planter.word().encode() + b"\0\0")  # no such tag
    dataset.add_new(Tag(0x0028, 0x0010), "LO", planter.word())  # Rows are a number
    dataset.add_new(Tag(0x0018, 0x0050), "LO", planter.word())  # a thickness is a number as text
    dataset.EncapsulatedDocumentLength = 1
    del dataset.EncapsulatedDocumentLength
    dataset.add_new(Tag(0x0018, 0x9804), "UN", planter.word().encode() + b"\0\0")
    dataset.add_new(Tag(0xFFFC, 0xFFFC), "OB", planter.word().encode() + b"\0\0")


def planted_report() -> tuple[Dataset, set[str]]:
    """Give a structured report with identifiers in items of each type."""
    planter = Planter()
    report = ct_series(4)[0]
    for keyword in ("PixelData", "Rows", "Columns"):
        del report[keyword]
    report.SOPClassUID, report.Modality = ComprehensiveSRStorage, "SR"
    report.SOPInstanceUID, report.StudyInstanceUID = planter.uid(), planter.uid()
    report.PatientName, report.PatientID = NAME, NUMBER
    planter.planted |= {"ZEEWOLDE", "Quirijn", NUMBER}
    report.ContentSequence = [*_items(planter), _nested(planter, 5)]
    report.VerifyingObserverSequence = [Dataset()]
    observer = report.VerifyingObserverSequence[0]
    observer.VerifyingObserverName, observer.VerifyingOrganization = planter.word(), planter.word()
    observer.VerificationDateTime = "20310917"
    planter.planted.add("20310917")
    return report, planter.planted


def _items(planter: Planter) -> Iterator[Dataset]:
    values = {
        "TEXT": ("TextValue", planter.word()),
        "PNAME": ("PersonName", planter.word()),
        "DATE": ("Date", "20311017"),
        "DATETIME": ("DateTime", "20311117121212"),
        "UIDREF": ("UID", planter.uid()),
    }
    planter.planted |= {"20311017", "20311117"}
    for value_type, (keyword, value) in values.items():
        item = Dataset()
        item.RelationshipType, item.ValueType = "CONTAINS", value_type
        setattr(item, keyword, value)
        yield item


def _nested(planter: Planter, depth: int) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "CONTAINER"
    item.ContentSequence = [*_items(planter), *([_nested(planter, depth - 1)] if depth else [])]
    return item


def save(dataset: Dataset, path: Path, planter_words: set[str], syntax: UID = ExplicitVRLittleEndian) -> None:
    """Write a planted object with identifiers in its preamble and its file meta information too."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(f"{ROOT}.1")
    for keyword in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle", "ImplementationVersionName"):
        setattr(meta, keyword, f"Kwx{keyword[:4]}zj")
        planter_words.add(f"Kwx{keyword[:4]}zj")
    meta.PrivateInformationCreatorUID = UID(f"{ROOT}.2")
    meta.PrivateInformation = b"Kwxprivzj\0"
    planter_words |= {"Kwxprivzj", f"{ROOT}.1", f"{ROOT}.2", "Kwxpreamblezj"}
    dataset.file_meta = meta
    dataset.preamble = b"Kwxpreamblezj".ljust(128, b"\0")
    dataset.save_as(path, enforce_file_format=True)

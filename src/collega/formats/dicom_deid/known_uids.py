"""UIDs that say what something is, not which one it is: they stay (PS3.6 annex A, PS3.16 table 8-1)."""

from pydicom._uid_dict import UID_dictionary

from collega.formats.dicom_deid.values import is_of

# Attributes that hold the UID of a class, a syntax or a coding scheme; private classes have UIDs of their maker's.
OF_CLASSES = frozenset(
    {
        "SOPClassUID",
        "ReferencedSOPClassUID",
        "ReferencedRelatedGeneralSOPClassUIDInFile",
        "RelatedGeneralSOPClassUID",
        "OriginalSpecializedSOPClassUID",
        "MediaStorageSOPClassUID",
        "ReferencedSOPClassUIDInFile",
        "TransferSyntaxUID",
        "ReferencedTransferSyntaxUIDInFile",
        "AvailableTransferSyntaxUID",
        "EncapsulatedDocumentTransferSyntaxUID",
        "MACCalculationTransferSyntaxUID",
        "SOPClassesInStudy",
        "SOPClassesSupported",
        "AffectedSOPClassUID",
        "RequestedSOPClassUID",
        "PaletteColorLookupTableUIDs",
    }
)
SCHEMES = frozenset(
    {
        "1.2.840.10008.2.16.4",
        "2.16.840.1.113883.6.96",
        "2.16.840.1.113883.6.1",
        "2.16.840.1.113883.6.8",
        "2.16.840.1.113883.6.3",
        "2.16.840.1.113883.6.90",
        "2.16.840.1.113883.6.4",
        "2.16.840.1.113883.6.12",
        "2.16.840.1.113883.6.256",
        "2.16.840.1.113883.6.119",
        "2.16.840.1.113883.3.26.1.1",
        "2.16.840.1.113883.3.26.1.2",
        "2.16.840.1.113883.6.5",
        "2.16.840.1.113883.6.2",
        "2.16.840.1.113883.6.103",
        "2.16.840.1.113883.6.104",
        "2.16.840.1.113883.6.43.1",
        "2.16.840.1.113883.6.24",
        "1.2.276.0.76.5.412",
        "2.16.840.1.113883.6.88",
        "1.2.840.113619.2.62",
    }
)
ROOT = "1.2.840.10008."


def says_what(keyword: str, uid: str) -> bool:
    """Whether a UID says what something is; it then stays as it is."""
    return not uid or uid in UID_dictionary or uid in SCHEMES or (keyword in OF_CLASSES and is_of("UI", [uid]))

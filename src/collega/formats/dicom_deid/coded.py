"""Coded entries (PS3.3 table 8.8-1): the meaning stays where the scheme is a standard's, for a site writes its own."""

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from collega.formats.dicom_deid.dummies import REMOVED

SCHEME, MEANING = Tag(0x0008, 0x0102), Tag(0x0008, 0x0104)
# PS3.16 table 8-1, as far as its texts are fixed.
STANDARD_SCHEMES = frozenset(
    {
        *("DCM", "SCT", "SRT", "SNM3", "LN", "UCUM", "FMA", "RADLEX", "RADELEMENT", "NCIt", "MDC", "MDNS", "UMLS"),
        *("BI", "BARI", "ACR", "C4", "CD8", "I9", "I9C", "I10", "I10P", "ICDO3", "IBSI", "ITIS_TSN", "NEU", "UNS"),
        *("PUBCHEM_CID", "RXNORM", "NDC", "HL7", "ISO3166_1", "ISO639_1", "ISO639_2", "RFC5646", "RFC3066", "POS"),
        *("ASTM-sigpurpose", "IHERADTF", "CTV3", "DICOM", "99COLLEGA"),
    }
)


def clean_entry(item: Dataset) -> bool:
    """Take out the meaning of a code of a scheme that a maker or a site made up.

    Returns
    -------
    bool
        Whether it had one.
    """
    if MEANING not in item or SCHEME not in item or str(item[SCHEME].value).strip() in STANDARD_SCHEMES:
        return False
    item[MEANING] = DataElement(MEANING, "LO", REMOVED)
    return True

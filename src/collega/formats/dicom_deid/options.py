"""Options of the Basic Application Level Confidentiality Profile (PS3.15 table E.1-1, PS3.16 CID 7050)."""

from enum import StrEnum
from typing import NamedTuple


class Option(StrEnum):
    """What may stay, or is cleaned instead of removed."""

    RETAIN_SAFE_PRIVATE = "retain-safe-private"
    RETAIN_UIDS = "retain-uids"
    RETAIN_DEVICE = "retain-device-identity"
    RETAIN_INSTITUTION = "retain-institution-identity"
    RETAIN_PATIENT = "retain-patient-characteristics"
    FULL_DATES = "retain-full-dates"
    MODIFIED_DATES = "retain-modified-dates"
    CLEAN_DESCRIPTORS = "clean-descriptors"
    CLEAN_CONTENT = "clean-structured-content"
    CLEAN_GRAPHICS = "clean-graphics"
    CLEAN_FACES = "clean-recognizable-visual-features"
    CLEAN_PIXELS = "clean-pixel-data"


class Code(NamedTuple):
    """A code of PS3.16 with its meaning; the scheme is DCM."""

    value: str
    meaning: str


BASIC = Code("113100", "Basic Application Confidentiality Profile")
CODES = {
    Option.CLEAN_PIXELS: Code("113101", "Clean Pixel Data Option"),
    Option.CLEAN_FACES: Code("113102", "Clean Recognizable Visual Features Option"),
    Option.CLEAN_GRAPHICS: Code("113103", "Clean Graphics Option"),
    Option.CLEAN_CONTENT: Code("113104", "Clean Structured Content Option"),
    Option.CLEAN_DESCRIPTORS: Code("113105", "Clean Descriptors Option"),
    Option.FULL_DATES: Code("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    Option.MODIFIED_DATES: Code("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    Option.RETAIN_PATIENT: Code("113108", "Retain Patient Characteristics Option"),
    Option.RETAIN_DEVICE: Code("113109", "Retain Device Identity Option"),
    Option.RETAIN_UIDS: Code("113110", "Retain UIDs Option"),
    Option.RETAIN_SAFE_PRIVATE: Code("113111", "Retain Safe Private Option"),
    Option.RETAIN_INSTITUTION: Code("113112", "Retain Institution Identity Option"),
}

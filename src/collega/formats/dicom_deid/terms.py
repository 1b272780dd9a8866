"""Words by which an object is understood at all: they stay, though a patient may be called so (PS3.3)."""

from collega.formats.dicom_deid.coded import STANDARD_SCHEMES

# Value types and relationships of reports (C.17.3), kinds of graphics, of pixels and of objects.
TERMS = STANDARD_SCHEMES | frozenset(
    {
        *("TEXT", "CODE", "NUM", "DATETIME", "DATE", "TIME", "UIDREF", "PNAME", "COMPOSITE", "IMAGE", "WAVEFORM"),
        *("SCOORD", "SCOORD3D", "TCOORD", "CONTAINER", "TABLE"),
        *("CONTAINS", "HAS OBS CONTEXT", "HAS CONCEPT MOD", "HAS PROPERTIES", "HAS ACQ CONTEXT", "INFERRED FROM"),
        *("SELECTED FROM", "SEPARATE", "CONTINUOUS", "POINT", "MULTIPOINT", "POLYLINE", "POLYGON", "CIRCLE", "ELLIPSE"),
        *("MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422", "PALETTE COLOR", "YBR_RCT", "YBR_ICT"),
        *("ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "YES", "NO", "BINARY", "FRACTIONAL", "LABELMAP", "DCMR"),
    }
)

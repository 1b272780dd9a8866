"""One key for one concept, whichever of its codes an app or a vendor writes."""

# Private there, and the only place in our dependencies where the table of PS3.16 annex O is whole.
from pydicom.sr._snomed_dict import mapping

from collega.model.code import Code

# SNOMED RT identifiers under their three designators (PS3.16 section 8.1); retired in favour of SCT.
SNOMED_RT = frozenset({"SRT", "SNM3", "99SDM"})
TO_SCT = mapping["SRT"]


def concept(code: Code) -> tuple[str, str]:
    """Scheme and value by which codes of the same concept are equal."""
    if code.scheme in SNOMED_RT and code.value in TO_SCT:
        return "SCT", TO_SCT[code.value]
    return code.scheme, code.value

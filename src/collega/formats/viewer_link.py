"""The link that opens a study in the hospital's viewer."""

import re
from urllib.parse import quote

FIELDS = ("accession", "study_uid")
# A scheme of its own is how a viewer on the workstation is called (such as ``sectra:``); these run in the page instead.
FORBIDDEN_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source"})
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_template(template: str) -> None:
    """Refuse a template that opens no study, or that could run in the page.

    Raises
    ------
    ValueError
        Says what was expected.
    """
    if not template:
        return
    scheme = SCHEME.match(template)
    if scheme is None or scheme[1].lower() in FORBIDDEN_SCHEMES:
        message = "an address that begins with https://, http:// or the scheme of a viewer"
        raise ValueError(message)
    if any(character.isspace() or not character.isprintable() for character in template):
        message = "an address without spaces and control characters"
        raise ValueError(message)
    named = PLACEHOLDER.findall(template)
    if not named or not set(named) <= set(FIELDS) or set(PLACEHOLDER.sub("", template)) & set("{}"):
        message = "an address with {accession} or {study_uid} in it, and no other braces"
        raise ValueError(message)


def viewer_link(template: str, accession: str, study_uid: str) -> str:
    """Fill in the template; empty where there is none, or where the study lacks the number that it needs."""
    values = {"accession": accession, "study_uid": study_uid}
    if not template or not all(values[name] for name in PLACEHOLDER.findall(template)):
        return ""
    return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), template)

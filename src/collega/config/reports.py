"""Labels of reports: the table ``[reports]``."""

from typing import Literal

from collega.config.section import Section


class Reports(Section):
    """How signed reports are read.

    ``language`` of the reports, that of the site where it is empty. ``folder`` with the site's own words
    (``nl.toml``, ``en.toml``) and trained scores (``normal-nl.npz``), none where it is empty. ``label``: whether
    labels of signed reports are made when they come.
    """

    language: Literal["", "en", "nl"] = ""
    folder: str = ""
    label: bool = True

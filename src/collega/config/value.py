"""Business cases of a site: the table ``[value]``."""

from collega.config.section import Section


class Value(Section):
    """Where business cases stand: ``cases`` is a folder of ``case.toml`` files, none where it is empty."""

    cases: str = ""

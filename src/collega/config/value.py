"""Business cases and the reading list of a site: the table ``[value]``."""

from collega.config.section import Section


class Value(Section):
    """Where business cases stand, and the department that was fitted.

    ``cases`` is a folder of ``case.toml`` files, ``department`` a file that ``collega queue fit`` has written; none
    where it is empty. ``holidays`` says which days are played as Sundays: a country, or a file of days.
    """

    cases: str = ""
    department: str = ""
    holidays: str = "NL"

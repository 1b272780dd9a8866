"""Business cases and the reading list of a site: the table ``[value]``."""

from collega.config.section import Section


class Value(Section):
    """Where business cases stand, and the department that was fitted.

    ``cases`` is a folder of ``case.toml`` files, ``department`` a file that ``collega queue fit`` has written; none
    where it is empty.
    """

    cases: str = ""
    department: str = ""

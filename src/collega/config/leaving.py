"""Settings of what leaves the house, and of who may not want it."""

from pydantic import Field

from collega.config.section import Section


class Cloud(Section):
    """Apps outside the house: where the keys of pseudonyms are, what is taken out besides, who may read one back.

    ``key_file``: empty takes ``secrets/reidentification.json`` in the data folder. ``profile``: a file as `collega
    deidentify --profile` takes it. ``reidentify``: the accounts that may ask whom a pseudonym stands for; nobody,
    where none is named.
    """

    key_file: str = ""
    profile: str = ""
    reidentify: tuple[str, ...] = ()


class Objections(Section):
    """What an objection stops besides data that leave: with ``stop_apps_inside`` the apps inside the house too."""

    stop_apps_inside: bool = False


class Feedback(Section):
    """Feedback to makers of apps: how often a pack is prepared, who may let it leave, where it is laid.

    ``every_days``: 0 prepares none by itself. ``approvers``: who may approve or refuse a pack; nobody, where none is
    named. ``folder``: `collega feedback pack export` lays packs there; empty takes the folder in which it is run.
    """

    every_days: float = Field(default=14.0, ge=0, le=366)
    approvers: tuple[str, ...] = ()
    folder: str = ""

"""The questionnaires that come along, in our own wording."""

from importlib.resources import files

from collega.errors import ConfigurationError
from collega.survey.questionnaire import Questionnaire
from collega.survey.toml import read_questionnaire

SHIPPED = ("readiness", "trust")


def shipped_text(name: str) -> str:
    """Give a shipped questionnaire as TOML.

    Raises
    ------
    ConfigurationError
        There is none of that name.
    """
    if name not in SHIPPED:
        message = f"no questionnaire {name!r}: one of {', '.join(SHIPPED)}, or a file that ends in .toml"
        raise ConfigurationError(message)
    return files("collega.survey").joinpath("questionnaires", f"{name}.toml").read_text(encoding="utf-8")


def shipped(name: str) -> Questionnaire:
    """Read a shipped questionnaire."""
    return read_questionnaire(shipped_text(name), f"{name}.toml")

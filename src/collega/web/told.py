"""Why there is no answer, in the languages of the clinicians; `collega.web.problem` says it to each in theirs."""

from fastapi import HTTPException

from collega.errors import FencedError, InputError
from collega.model.code import Text

NO_STUDY = Text(en="no such study was received", nl="zo'n onderzoek is niet ontvangen")
MEANWHILE = Text(
    en="somebody else was before you: nothing of yours was kept",
    nl="iemand anders was u voor: van u is niets bewaard",
)
WHO_AND_WHY = Text(en="name yourself and give the reason", nl="noem uzelf en geef de reden")


class ToldError(HTTPException):
    """No answer, and why.

    Parameters
    ----------
    status : int
    text : Text
        Programs are told it in English.
    """

    def __init__(self, status: int, text: Text) -> None:
        super().__init__(status, text.en)
        self.text = text


def because(status: int, error: InputError | FencedError) -> ToldError:
    """Answer what was asked for in vain; the caller raises it."""
    if isinstance(error, FencedError):
        return ToldError(status, MEANWHILE)
    return ToldError(status, Text(en=str(error), nl=error.nl or str(error)))

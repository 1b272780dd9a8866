"""Why there is no answer, in the languages of the clinicians; `collega.web.problem` says it to each in theirs."""

from fastapi import HTTPException

from collega.model.code import Text

NO_STUDY = Text(en="no such study was received", nl="zo'n onderzoek is niet ontvangen")
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

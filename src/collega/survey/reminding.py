"""The words that go along with a reminder."""

from datetime import date

from collega.model.code import Text

REMINDER = Text(
    en="Our survey on AI at work is open until {day}. Your link is below; it works once. If you have begun already, go "
    "on where you began, on the same phone. What you answer cannot be tied to you or to this link.",
    nl="Onze enquête over AI op het werk is open tot en met {day}. Uw link staat hieronder; hij werkt één keer. Bent u "
    "al begonnen, ga dan verder op dezelfde telefoon. Wat u antwoordt is niet aan u of aan deze link te koppelen.",
)


def reminder_text(until: date, language: str) -> str:
    """Give the words in a language."""
    return REMINDER.in_language(language).format(day=f"{until:%d-%m-%Y}")

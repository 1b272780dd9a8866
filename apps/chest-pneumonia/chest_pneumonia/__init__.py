"""Score for a pneumonia-like opacity on frontal chest films: demonstration, not for clinical use."""

from chest_pneumonia.answer import run

__all__ = ["run"]

"""Normalising: an app's files become findings, or are set apart with a clear reason."""

"""Sending files as a scanner does, for `collega send` and the demo."""

from collega.adapters.dimse.scu import send_files

__all__ = ["send_files"]

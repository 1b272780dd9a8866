"""collega runs AI applications next to a PACS and measures whether each is worth it."""

__version__ = "0.1.0"

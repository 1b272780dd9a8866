"""A share with its interval, or the word that it is not told."""

from typing import Any

from collega.stats.proportion import wilson


def share(name: str, found: int | None, n: int | None, confidence: float) -> dict[str, Any]:
    """Tell a share with its count and interval, or that it is hidden."""
    if found is None or n is None:
        return {"id": name, "count": None, "n": n, "share": None, "low": None, "high": None, "suppressed": True}
    low, high = wilson(found, n, confidence)
    return {"id": name, "count": found, "n": n, "share": found / n, "low": low, "high": high, "suppressed": False}

"""The inbox of discrepancies: where AI and signed reports differ, and what becomes of it (R74)."""

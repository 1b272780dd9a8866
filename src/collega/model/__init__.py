"""Frozen records, valid on construction; they import nothing of collega but the errors."""

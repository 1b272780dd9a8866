"""Tests: unit, contract, end to end, style, documentation."""

"""Keeping house: what may be removed by rule, and what must stay."""

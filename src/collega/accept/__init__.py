"""Acceptance: a site is held against what it must be able to do, on its first day and after each change."""

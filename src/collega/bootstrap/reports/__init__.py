"""Signed reports, from tables or programs to labels."""

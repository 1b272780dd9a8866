"""Answers, right and wrong."""

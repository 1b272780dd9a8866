"""Feedback to makers, from its preparation to its answer."""

"""Passwords and one-time codes: how they are kept, and how they are checked."""

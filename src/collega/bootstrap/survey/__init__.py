"""Surveys: what is asked of people, and what they answer."""

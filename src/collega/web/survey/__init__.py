"""Surveys on the phone of who answers, and what came of them."""

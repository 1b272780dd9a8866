"""Receiving: what an arriving object means for its study, and when the study is all here."""

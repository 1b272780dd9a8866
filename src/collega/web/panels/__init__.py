"""Panels as pages: the list, one case read blind, what came of it."""

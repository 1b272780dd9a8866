"""Delivery, against a PACS that is a fake."""

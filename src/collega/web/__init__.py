"""Web pages and JSON for people and monitors."""

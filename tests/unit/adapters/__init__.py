"""The small adapters, for real."""

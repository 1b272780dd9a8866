"""The adapter of containers, against the real engine."""

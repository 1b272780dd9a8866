"""Numbers with their intervals: pure functions, each with its source."""

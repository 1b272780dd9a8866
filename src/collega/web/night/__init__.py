"""The night list: each morning, what was thought at night beside what the report says."""

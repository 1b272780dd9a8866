"""Ways out of the house by which people are told: mail and web hooks."""

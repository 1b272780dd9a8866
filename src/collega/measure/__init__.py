"""What AI does for care, in figures: hours, availability, and later the rest."""

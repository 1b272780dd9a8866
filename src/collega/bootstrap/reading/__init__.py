"""What readers see of studies, and what they may do there."""

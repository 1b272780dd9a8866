"""Report text -> labels: which findings a report speaks of, with what word, and whether it is normal."""

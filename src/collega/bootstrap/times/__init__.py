"""What is counted: times, coverage, the pilot."""

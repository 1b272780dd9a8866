"""What an app is worth here: cases, and the time before it."""

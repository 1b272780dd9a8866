"""Running: what an app is, what it is given, one attempt."""

"""The outside world: one folder or module per kind of peer, wired by ``bootstrap`` alone."""

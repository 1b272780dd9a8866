"""End to end: the real command, real sockets, real peers."""

"""The pilot page: the one page about an app that a department meeting needs."""

"""The label check as pages: how far it is, and one report at a time."""

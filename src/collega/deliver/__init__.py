"""Delivering: what goes where in which form, sent until it is confirmed."""

"""Routing: which app gets which images of a study, with the reason for every yes and no."""

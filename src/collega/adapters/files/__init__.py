"""The data folder: what is kept, and what is on its way in."""

"""The seams of the house: what the pipeline needs from the world, as protocols."""

"""What would happen here: the reading list as a queue, by theory and by simulation."""

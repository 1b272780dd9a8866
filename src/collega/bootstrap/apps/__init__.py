"""The apps of a site: found, tried, run, compared."""

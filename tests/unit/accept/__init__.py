"""Tests of the acceptance of a site."""

"""Deciding: what a site may change about an app, within what its maker allows."""

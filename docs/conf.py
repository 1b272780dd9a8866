"""How Sphinx builds these pages; everything is local, nothing is fetched."""

from importlib.metadata import version as installed_version

project = "collega"
author = "The collega authors"
copyright = author  # noqa: A001 - the name that Sphinx reads
release = version = installed_version("collega")

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = "collega"
html_static_path = ["_static"]
html_show_sphinx = False
exclude_patterns = ["_build"]

"""``python -m collega``."""

from collega.cli import main

main()

"""A simulator: it plays back recorded truth with errors put in on purpose; see simulator.toml."""

from pathlib import Path

from collega.testing.simulated_vendor import play


def run(inputs: Path, outputs: Path) -> None:
    """Answer as recorded."""
    play(Path(__file__).parent, inputs, outputs)

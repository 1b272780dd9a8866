"""Images that keep our own contract: the folders of a Python app, under names in the environment."""

from collega.adapters.container.plan import Image, Mount, Places, Plan
from collega.model.app import Manifest

INPUTS, OUTPUTS = "/in", "/out"


def plan(manifest: Manifest, command: tuple[str, ...], _image: Image, places: Places) -> Plan:
    """Show the folders as they are."""
    return Plan(
        mounts=(
            Mount(source=places.inputs, target=INPUTS),
            Mount(source=places.outputs, target=OUTPUTS, writable=True),
        ),
        environment={"COLLEGA_IN": INPUTS, "COLLEGA_OUT": OUTPUTS},
        command=command,
        time_limit_s=manifest.run.time_limit_s,
    )

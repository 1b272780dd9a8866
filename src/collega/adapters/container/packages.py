"""Whose contract an image keeps: how it is started, and where its answer comes to stand."""

from collections.abc import Callable, Mapping

from collega.adapters.container import mercure, monai, own
from collega.adapters.container.answers import sort_out, tidy
from collega.adapters.container.plan import Image, Places, Plan
from collega.model.app import Manifest
from collega.model.runtime import Package

PLANS: Mapping[Package, Callable[[Manifest, tuple[str, ...], Image, Places], Plan]] = {
    Package.COLLEGA: own.plan,
    Package.MONAI: monai.plan,
    Package.MERCURE: mercure.plan,
}
# Folders in an image in which a package declares itself.
DECLARED_IN: Mapping[Package, tuple[str, ...]] = {
    Package.COLLEGA: (),
    Package.MONAI: monai.FOLDERS,
    Package.MERCURE: (),
}
NAMED: Mapping[Package, Mapping[str, str]] = {Package.MONAI: {}, Package.MERCURE: mercure.NAMED}


def bring_in(package: Package, plan: Plan, places: Places) -> list[str]:
    """Make what an app wrote safe to read and put it in its place; returns the names of what was removed."""
    removed = tidy(plan.written)
    if package in NAMED:
        sort_out(places.taken, places.outputs, NAMED[package])
    return removed

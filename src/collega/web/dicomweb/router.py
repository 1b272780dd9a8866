"""The routes of DICOMweb, all of them behind the gate."""

from typing import Protocol

from fastapi import APIRouter

from collega.web.dicomweb import render, retrieve, search, store
from collega.web.dicomweb.answers import PREFIX
from collega.web.dicomweb.given import Keeper
from collega.web.gate import Gate


class Desk(search.Finder, Keeper, store.Taker, Protocol):
    """What is asked of the site."""


def router(desk: Desk, let_in: Gate) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix=PREFIX, tags=["DICOMweb"])
    for part in (search, retrieve, render, store):
        part.add_routes(routes, desk, let_in)
    return routes

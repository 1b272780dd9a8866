"""The routes of DICOMweb, all of them behind the gate."""

from typing import Protocol

from fastapi import APIRouter

from collega.web.dicomweb import render, retrieve, search
from collega.web.dicomweb.answers import PREFIX
from collega.web.dicomweb.given import Keeper
from collega.web.gate import Gate


class Desk(search.Finder, Keeper, Protocol):
    """What is asked of the site."""


def router(desk: Desk, let_in: Gate) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix=PREFIX, tags=["DICOMweb"])
    for part in (search, retrieve, render):
        part.add_routes(routes, desk, let_in)
    return routes

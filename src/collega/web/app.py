"""The web application: every router, and the headers that all answers carry."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from collega import __version__
from collega.web import api, board, health, live, metrics
from collega.web.guard import Headers, NoNul
from collega.web.live import Hub
from collega.web.pages import Front, Pages
from collega.web.problem import Faults, explain_problems
from collega.web.views import Views


def create_app(views: Views, hub: Hub, front: Front) -> FastAPI:
    """Make the application."""
    app = FastAPI(title="collega", version=__version__, docs_url=None, redoc_url=None)
    pages = Pages(front)
    app.include_router(health.router(views))
    app.include_router(metrics.router(views))
    app.include_router(api.router(views, front))
    app.include_router(board.router(views, hub, pages))
    app.include_router(live.router(hub))
    app.mount("/static", StaticFiles(packages=[("collega.web", "static")]), name="static")
    explain_problems(app, pages)
    app.add_middleware(Faults, pages=pages)
    app.add_middleware(NoNul)
    app.add_middleware(Headers)
    return app

"""The web role: pages and JSON over the site's database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from collega.bootstrap.acceptance import Desk
from collega.bootstrap.auditing import AuditPages, logged_life
from collega.bootstrap.cataloguing import CatalogueDesk
from collega.bootstrap.covering import CoveragePages
from collega.bootstrap.dicomweb import dicom_desk
from collega.bootstrap.fhir import fhir_desk
from collega.bootstrap.inbox import InboxDesk
from collega.bootstrap.kept import KeptFiles
from collega.bootstrap.label_checking import CheckDesk
from collega.bootstrap.launching import launch_desk
from collega.bootstrap.leaving import ObjectionDesk
from collega.bootstrap.nights import NightDesk
from collega.bootstrap.on_demand import DemandDesk
from collega.bootstrap.pack_pages import PackPages
from collega.bootstrap.packing import PackDesk
from collega.bootstrap.paneling import PanelDesk
from collega.bootstrap.piloting import PilotDesk
from collega.bootstrap.queries import site_views
from collega.bootstrap.quick_view import QuickDesk
from collega.bootstrap.reading_room import StudyDesk
from collega.bootstrap.report_intake import ReportDesk
from collega.bootstrap.site import opened_store
from collega.bootstrap.timing import TimelinePages
from collega.bootstrap.tokens import TokenDesk
from collega.bootstrap.trusting import StageDesk
from collega.bootstrap.validating import ValidationDesk
from collega.bootstrap.value_desk import ValueDesk
from collega.bootstrap.watching import Watch, database_watch
from collega.config import Settings
from collega.model.audit import Asker
from collega.web import acceptance, audit_page, fhir, kept, launch, on_demand, stages
from collega.web.app import create_app
from collega.web.audit import SOURCE
from collega.web.catalogue import catalogue_router
from collega.web.coverage import coverage_router
from collega.web.dicomweb import router as dicomweb
from collega.web.gate import gate
from collega.web.inbox.changing import changing_router
from collega.web.inbox.page import inbox_router
from collega.web.label_check.page import label_check_router
from collega.web.live import Hub
from collega.web.night.page import night_router
from collega.web.objections import objections_router
from collega.web.packs import packs_router
from collega.web.pages import Front, Pages
from collega.web.panels.page import panels_router
from collega.web.people import add_people, greet
from collega.web.pilot.page import pilot_router
from collega.web.reports import reports_router
from collega.web.server import listen, serve
from collega.web.study.images import images_router
from collega.web.study.page import study_router
from collega.web.study.saying import saying_router
from collega.web.timeline import timeline_router
from collega.web.validations import validations_router
from collega.web.value import value_router
from collega.web.viewer import mount, viewer_router


def front(settings: Settings) -> Front:
    """Take from the settings what the pages need."""
    return Front(
        language=settings.site.language,
        zone=ZoneInfo(settings.site.timezone),
        viewer_url=settings.web.viewer_url,
        notice=settings.web.notice,
        rows=settings.board.rows,
    )


async def show(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    listener = listen(settings.web.host, settings.web.port)
    asker: ContextVar[Asker] = ContextVar("asker")
    asker.set(Asker(actor="collega", source=SOURCE))  # until a request says for whom
    async with opened_store(settings, url, asker.get) as store, logged_life(store, settings):
        views = site_views(settings, store)
        hub = Hub(views)
        database = database_watch(settings)
        watch = Watch(settings, store, url, database)
        async with (
            dicom_desk(store, views.archive, settings.data) as images,
            _beside(hub.run(), views.board.keep(), _closing(hub, stop), watch.keep(stop)),
        ):
            app = create_app(views, hub, front(settings))
            app.include_router(acceptance.router(Desk(store=store), Pages(front(settings))))
            app.include_router(catalogue_router(CatalogueDesk(settings=settings, store=store), Pages(front(settings))))
            beside = views.context
            room = StudyDesk(store=store, context=beside)
            app.include_router(study_router(room, Pages(front(settings))))
            app.include_router(saying_router(room))
            app.include_router(pilot_router(PilotDesk(settings=settings, store=store), Pages(front(settings))))
            quick = QuickDesk(store=store, archive=views.archive, context=beside)
            app.include_router(images_router(quick, Pages(front(settings))))
            panels = PanelDesk(store=store, settings=settings, quick=quick)
            app.include_router(panels_router(panels, Pages(front(settings))))
            app.include_router(label_check_router(CheckDesk(store=store), Pages(front(settings))))
            app.include_router(night_router(NightDesk(store=store, context=beside), Pages(front(settings))))
            inbox = InboxDesk(store=store, context=beside)
            app.include_router(inbox_router(inbox, Pages(front(settings))))
            app.include_router(changing_router(inbox, Pages(front(settings))))
            app.include_router(on_demand.router(DemandDesk(store=store, context=beside), Pages(front(settings))))
            let_in = gate(TokenDesk(store=store))
            objections = ObjectionDesk(store=store, settings=settings, catalogue=beside.catalogue)
            app.include_router(objections_router(objections, Pages(front(settings)), let_in))
            packs = PackDesk(store=store, settings=settings, catalogue=beside.catalogue)
            app.include_router(packs_router(PackPages(desk=packs, archive=views.archive), Pages(front(settings))))
            app.include_router(reports_router(ReportDesk(store=store, settings=settings), let_in))
            app.include_router(stages.router(StageDesk(store=store, context=beside), Pages(front(settings))))
            app.include_router(launch.router(launch_desk(settings, store, beside)))
            zone = ZoneInfo(settings.site.timezone)
            app.include_router(fhir.router(fhir_desk(settings, store), zone, let_in))
            app.include_router(dicomweb.router(images, let_in))
            app.include_router(viewer_router(Pages(front(settings))))
            mount(app)
            app.include_router(kept.router(KeptFiles(store=store, archive=views.archive, context=beside)))
            app.include_router(coverage_router(CoveragePages(store=store, settings=settings, database=database)))
            records = AuditPages(store=store)
            app.include_router(audit_page.router(records, Pages(front(settings))))
            app.include_router(timeline_router(TimelinePages(store=store, settings=settings), Pages(front(settings))))
            app.include_router(validations_router(ValidationDesk(store=store), Pages(front(settings))))
            app.include_router(value_router(ValueDesk(settings=settings), Pages(front(settings))))
            is_new = await greet(settings, store, listener.getsockname()[1])
            add_people(app, settings, store, Pages(front(settings)), asker, is_new=is_new)
            await serve(app, listener, stop, settings.web.tls_certificate, settings.web.tls_key)


@contextlib.asynccontextmanager
async def _beside(*work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Do this work while the block runs."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _closing(hub: Hub, stop: asyncio.Event) -> None:
    await stop.wait()
    hub.close()

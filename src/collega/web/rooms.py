"""The rooms of the web role: which page and which address asks which desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from collega.bootstrap.apps.cataloguing import CatalogueDesk
from collega.bootstrap.dicomweb import DicomDesk
from collega.bootstrap.evidence.accuracy_desk import AccuracyDesk
from collega.bootstrap.evidence.label_checking import CheckDesk
from collega.bootstrap.evidence.paneling import PanelDesk
from collega.bootstrap.evidence.validating import ValidationDesk
from collega.bootstrap.fhir import fhir_desk
from collega.bootstrap.leave.leaving import ObjectionDesk
from collega.bootstrap.packs.pack_pages import PackPages
from collega.bootstrap.packs.packing import PackDesk
from collega.bootstrap.people.tokens import TokenDesk
from collega.bootstrap.reading.inbox import InboxDesk
from collega.bootstrap.reading.kept import KeptFiles
from collega.bootstrap.reading.launching import launch_desk
from collega.bootstrap.reading.nights import NightDesk
from collega.bootstrap.reading.on_demand import DemandDesk
from collega.bootstrap.reading.queries import SiteViews
from collega.bootstrap.reading.quick_view import QuickDesk
from collega.bootstrap.reading.reading_room import StudyDesk
from collega.bootstrap.reading.trusting import StageDesk
from collega.bootstrap.reports.report_intake import ReportDesk
from collega.bootstrap.site import OpenStore
from collega.bootstrap.survey.phones import PhoneDesk
from collega.bootstrap.survey.starting import KeptDesk, address_of
from collega.bootstrap.survey.surveying import SurveyDesk
from collega.bootstrap.survey.tickets import marker_of
from collega.bootstrap.times.covering import CoveragePages
from collega.bootstrap.times.piloting import PilotDesk
from collega.bootstrap.times.queue_desk import QueueDesk
from collega.bootstrap.times.timing import TimelinePages
from collega.bootstrap.upkeep.acceptance import Desk
from collega.bootstrap.upkeep.auditing import AuditPages
from collega.bootstrap.worth.digesting import DigestDesk
from collega.bootstrap.worth.edit_desk import EditDesk
from collega.bootstrap.worth.needs import NeedsDesk
from collega.bootstrap.worth.value_desk import ValueDesk
from collega.config import Settings
from collega.deliver.database_watch import DatabaseWatch
from collega.web import acceptance, audit_page, fhir, kept, launch, on_demand, stages
from collega.web.accuracy import accuracy_router
from collega.web.catalogue import catalogue_router
from collega.web.coverage import coverage_router
from collega.web.dicomweb import router as dicomweb
from collega.web.digest import digest_router
from collega.web.gate import gate
from collega.web.inbox.changing import changing_router
from collega.web.inbox.page import inbox_router
from collega.web.inbox.unheard import unheard_router
from collega.web.label_check.page import label_check_router
from collega.web.needs import needs_router
from collega.web.night.page import night_router
from collega.web.objections import objections_router
from collega.web.pack_figures import pack_figures_router
from collega.web.packs import packs_router
from collega.web.pages import Pages
from collega.web.panels.page import panels_router
from collega.web.pilot.page import pilot_router
from collega.web.queue import queue_router
from collega.web.reports import reports_router
from collega.web.study.images import images_router
from collega.web.study.page import study_router
from collega.web.study.saying import saying_router
from collega.web.survey.builder import builder_router
from collega.web.survey.files import files_router
from collega.web.survey.kept import kept_router
from collega.web.survey.phone import phone_router
from collega.web.survey.results import results_router
from collega.web.survey.start import start_router
from collega.web.survey.steering import steering_router
from collega.web.timeline import timeline_router
from collega.web.validations import validations_router
from collega.web.value import value_router
from collega.web.value_editor import editor_router
from collega.web.value_steps import steps_router
from collega.web.viewer import viewer_router


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What the rooms are built from.

    Parameters
    ----------
    settings : Settings
    store : OpenStore
    views : SiteViews
    images : DicomDesk
    pages : Pages
    database : DatabaseWatch
    """

    settings: Settings
    store: OpenStore
    views: SiteViews
    images: DicomDesk
    pages: Pages
    database: DatabaseWatch


def rooms(house: House) -> Iterator[APIRouter]:
    """Give the addresses of all rooms."""
    yield from _of_a_study(house)
    yield from _looking_back(house)
    yield from _steering(house)
    yield from _for_programs(house)


def _of_a_study(house: House) -> Iterator[APIRouter]:
    store, beside, pages = house.store, house.views.context, house.pages
    room = StudyDesk(store=store, context=beside)
    yield study_router(room, pages)
    yield saying_router(room)
    yield images_router(QuickDesk(store=store, archive=house.views.archive, context=beside), pages)
    yield on_demand.router(DemandDesk(store=store, context=beside), pages)
    yield launch.router(launch_desk(house.settings, store, beside))
    yield kept.router(KeptFiles(store=store, archive=house.views.archive, context=beside))
    yield viewer_router(pages)


def _looking_back(house: House) -> Iterator[APIRouter]:
    store, beside, pages = house.store, house.views.context, house.pages
    yield night_router(NightDesk(store=store, context=beside), pages)
    inbox = InboxDesk(store=store, context=beside)
    yield inbox_router(inbox, pages)
    yield changing_router(inbox, pages)
    yield unheard_router(inbox, pages)
    quick = QuickDesk(store=store, archive=house.views.archive, context=beside)
    yield panels_router(PanelDesk(store=store, settings=house.settings, quick=quick), pages)
    yield label_check_router(CheckDesk(store=store), pages)


def _steering(house: House) -> Iterator[APIRouter]:
    settings, store, beside, pages = house.settings, house.store, house.views.context, house.pages
    yield acceptance.router(Desk(store=store), pages)
    yield catalogue_router(CatalogueDesk(settings=settings, store=store), pages)
    yield stages.router(StageDesk(store=store, context=beside), pages)
    yield pilot_router(PilotDesk(settings=settings, store=store), pages)
    packs = PackDesk(store=store, settings=settings, catalogue=beside.catalogue)
    yield packs_router(PackPages(desk=packs, archive=house.views.archive), pages)
    yield pack_figures_router(packs, pages)
    yield coverage_router(CoveragePages(store=store, settings=settings, database=house.database))
    yield audit_page.router(AuditPages(store=store), pages)
    yield timeline_router(TimelinePages(store=store, settings=settings), pages)
    yield validations_router(ValidationDesk(store=store), pages)
    yield accuracy_router(AccuracyDesk(store=store), pages)
    zone, marker = ZoneInfo(settings.site.timezone), marker_of(settings)
    surveys = SurveyDesk(store=store, zone=zone, marker=marker)
    questionnaires = KeptDesk(store=store, zone=zone, marker=marker, address=address_of(settings))
    yield phone_router(PhoneDesk(store=store, zone=zone, marker=marker), pages)
    yield builder_router(questionnaires, pages)
    yield kept_router(questionnaires, pages)
    yield start_router(questionnaires, pages)
    yield results_router(surveys, pages)
    yield steering_router(surveys, pages)
    yield files_router(surveys, pages)
    values = ValueDesk(settings=settings, store=store)
    yield value_router(values, pages)
    yield steps_router(values)
    yield needs_router(NeedsDesk(store=store, settings=settings), pages)
    yield digest_router(DigestDesk(store=store, settings=settings), pages)
    yield editor_router(EditDesk(settings=settings), pages)
    yield queue_router(QueueDesk(settings=settings), pages)


def _for_programs(house: House) -> Iterator[APIRouter]:
    settings, store = house.settings, house.store
    let_in = gate(TokenDesk(store=store))
    objections = ObjectionDesk(store=store, settings=settings, catalogue=house.views.context.catalogue)
    yield objections_router(objections, house.pages, let_in)
    yield reports_router(ReportDesk(store=store, settings=settings), let_in)
    yield fhir.router(fhir_desk(settings, store), ZoneInfo(settings.site.timezone), let_in)
    yield dicomweb.router(house.images, let_in)

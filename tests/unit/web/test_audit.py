"""Views are logged: which, of whom, for whom; and no route that shows patients is left out."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from fastapi import FastAPI
from tests.unit.web.conftest import KNOWN, House, row

from collega.model.audit import Asker, AuditEntry
from collega.model.audit_events import EVENTS
from collega.model.ids import storage_key
from collega.web import (
    acceptance,
    accounts_page,
    audit_page,
    glass_page,
    hospital,
    kept,
    launch,
    me_page,
    on_demand,
    session_pages,
    set_up,
    sign_in,
    stages,
)
from collega.web.access import ACCESS
from collega.web.accuracy import accuracy_router
from collega.web.audit import STUDY, UNHEARD_ONE, VIEWS, Audited
from collega.web.catalogue import catalogue_router
from collega.web.coverage import coverage_router
from collega.web.dicomweb import router as dicomweb
from collega.web.digest import digest_router
from collega.web.inbox.changing import changing_router
from collega.web.inbox.page import inbox_router
from collega.web.inbox.unheard import unheard_router
from collega.web.label_check.page import label_check_router
from collega.web.needs import needs_router
from collega.web.night.page import night_router
from collega.web.objections import objections_router
from collega.web.pack_figures import pack_figures_router
from collega.web.packs import packs_router
from collega.web.pages import Front, Pages
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

JSON = {"content-type": "application/json"}
# Routes that this table leaves out, and why.
BY_DESK = "its desk logs it, in the transaction in which it is given or changed"
NO_PATIENT = "it shows no patient"
ELSEWHERE = {
    ("GET", "/validations"): NO_PATIENT,
    ("GET", "/accuracy"): NO_PATIENT,
    ("GET", "/launch/{study_instance_uid}/{app_id}"): BY_DESK,
    ("POST", "/api/launches"): BY_DESK,
    ("GET", "/api/launches/{session}/study.json"): BY_DESK,
    ("GET", "/api/launches/{session}/dicom/{number}.dcm"): BY_DESK,
    ("GET", "/api/launches/{session}/priors/{prior}/{name}.dcm"): BY_DESK,
    ("POST", "/api/launches/{session}/result"): BY_DESK,
    ("POST", "/stages/{app_id}/{wanted}"): BY_DESK,
    ("POST", "/acceptance/answers"): BY_DESK,
    ("GET", "/audit"): BY_DESK,
    **{("POST", f"{STUDY}/discrepancies/{{key}}/{act}"): BY_DESK for act in ("take", "close", "reopen")},
    **{("POST", f"{UNHEARD_ONE}/{act}"): BY_DESK for act in ("take", "close", "reopen")},
    **dict.fromkeys([("POST", "/dicom-web/studies"), ("POST", f"/dicom-web{STUDY}")], "the receiver logs what came in"),
    ("GET", "/objections"): BY_DESK,
    ("POST", "/api/reports"): "it shows nothing; the report is kept as a message, as those of a RIS",
    ("POST", "/objections"): BY_DESK,
    ("POST", "/objections/{key}/withdraw"): BY_DESK,
    ("GET", "/api/objections"): BY_DESK,
    ("POST", "/api/objections"): BY_DESK,
    ("POST", "/api/objections/{key}/withdraw"): BY_DESK,
    **dict.fromkeys(
        [
            ("POST", "/panels"),
            ("POST", "/panels/{key}/close"),
            ("GET", "/panels/{key}/cases/{case}"),
            ("POST", "/panels/{key}/cases/{case}"),
            ("GET", "/label-check/{key}/{number}"),
            ("POST", "/label-check/{key}/{number}"),
        ],
        BY_DESK,
    ),
    ("GET", "/panels/{key}/cases/{case}/images"): "its case is logged, and cannot be shown without it",
    ("GET", "/panels/{key}/cases/{case}/images/{image}/{number}"): "as above",
    ("GET", "/feedback-packs"): BY_DESK,
    ("POST", "/feedback-packs"): BY_DESK,
    ("POST", "/feedback-packs/{key}/decision"): BY_DESK,
    ("POST", "/feedback-packs/{key}/file"): BY_DESK,
    ("POST", "/feedback-packs/{key}/answers/{case}"): BY_DESK,
    ("GET", "/acceptance"): "its patient is a test patient",
    ("GET", "/acceptance.pdf"): "its patient is a test patient",
    ("GET", "/studies"): "it leads to a study, whose page is logged, or shows bare UIDs",
    ("GET", "/viewer/viewer"): "it is the frame of a viewer, which then asks DICOMweb, where it is logged",
    ("GET", "/api/live"): "it carries keys alone; the page then asks for the rows, which is logged",
    ("GET", "/broken-glass"): "it names persons and reasons, and its review is logged",
    **dict.fromkeys(
        [
            ("POST", "/sign-in"),
            ("POST", "/sign-out"),
            ("POST", "/set-up/{token}"),
            ("POST", "/session/lock"),
            ("POST", "/session/unlock"),
            ("POST", "/me/password"),
            ("POST", "/me/pin"),
            ("POST", "/me/sessions/{key}/end"),
            ("POST", "/accounts"),
            ("POST", "/accounts/{name}/{what}"),
            ("POST", "/break-glass"),
            ("POST", "/broken-glass/{key}"),
        ],
        BY_DESK,
    ),
    **dict.fromkeys(
        [
            ("GET", "/panels"),
            ("GET", "/panels/{key}/read"),
            ("GET", "/label-check"),
            ("POST", "/label-check"),
            ("GET", "/sign-in"),
            ("GET", "/sign-in/hospital"),
            ("GET", "/sign-in/hospital/back"),
            ("GET", "/set-up/{token}"),
            ("GET", "/locked"),
            ("GET", "/session/state"),
            ("POST", "/session/active"),
            ("GET", "/me"),
            ("GET", "/accounts"),
            ("GET", "/break-glass"),
            ("GET", "/healthz"),
            ("GET", "/api/disk"),
            ("GET", "/api/discrepancies/counts"),
            ("GET", "/metrics"),
            ("GET", "/stages"),
            ("GET", "/catalogue"),
            ("GET", "/catalogue/{app}"),
            ("GET", "/catalogue/{app}/{role}"),
            ("GET", "/api/availability"),
            ("GET", "/api/timeline"),
            ("GET", "/timeline"),
            ("GET", "/feedback-figures"),
            ("GET", "/api/feedback-figures"),
            ("GET", "/pilots/{app_id}"),
            ("GET", "/pilots/{app_id}/pilot.pdf"),
            ("GET", "/api/pilots/{app_id}"),
            ("POST", "/pilots/{app_id}/goals"),
            ("GET", "/s/{ticket}"),
            ("POST", "/s/{ticket}"),
            ("GET", "/survey/{key}"),
            ("POST", "/survey/{key}"),
            ("GET", "/surveys"),
            ("GET", "/surveys/counts"),
            ("GET", "/surveys/builder"),
            ("POST", "/surveys/builder"),
            ("GET", "/surveys/questionnaires"),
            ("POST", "/surveys/questionnaires"),
            ("GET", "/surveys/questionnaires/{name}/{number}"),
            ("GET", "/surveys/questionnaires/{name}/{number}/start"),
            ("POST", "/surveys/questionnaires/{name}/{number}/start"),
            ("POST", "/surveys/questionnaires/{name}/{number}/answers"),
            ("POST", "/surveys/{key}/sheet"),
            ("GET", "/surveys/{key}"),
            ("GET", "/surveys/{key}/figures.csv"),
            ("GET", "/surveys/{key}/report.pdf"),
            ("POST", "/surveys/{key}/remind"),
            ("POST", "/surveys/{key}/actions"),
            ("GET", "/value"),
            ("GET", "/needs"),
            ("GET", "/digest.pdf"),
            ("GET", "/value/{name}"),
            ("GET", "/value/{name}/paper.pdf"),
            ("GET", "/value/{name}/figures.xlsx"),
            ("GET", "/api/value/{name}"),
            ("GET", "/value/{name}/edit"),
            ("POST", "/value/{name}/steps"),
            ("POST", "/value/{name}/try"),
            ("POST", "/value/{name}/edit"),
            ("GET", "/queue"),
            ("GET", "/queue/figures.csv"),
        ],
        NO_PATIENT,
    ),
}


@dataclass
class Desk:
    """Keeps what is logged, with for whom."""

    asker: ContextVar[Asker]
    logged: list[tuple[AuditEntry, Asker]] = field(default_factory=list)
    is_broken: bool = False

    async def record(self, entry: AuditEntry) -> None:
        if self.is_broken:
            raise ConnectionError
        self.logged.append((entry, self.asker.get()))

    def events(self) -> list[str]:
        return [entry.event for entry, _ in self.logged]


@pytest.fixture
def desk(house: House) -> Desk:
    asker: ContextVar[Asker] = ContextVar("asker")
    made = Desk(asker)
    house.app.add_middleware(Audited, desk=made, asker=asker)
    return made


@pytest.mark.shows("R59")
def test_every_route_is_logged_or_is_known_to_show_no_patient(house: House, front: Front) -> None:
    app: FastAPI = house.app
    site, pages = cast("Any", None), Pages(front)
    for router in (
        acceptance.router(site, pages),
        audit_page.router(site, pages),
        catalogue_router(site, pages),
        on_demand.router(site, pages),
        stages.router(site, pages),
        launch.router(site),
        kept.router(site),
        coverage_router(site),
        timeline_router(site, pages),
        study_router(site, pages),
        saying_router(site),
        pilot_router(site, pages),
        phone_router(site, pages),
        builder_router(site, pages),
        kept_router(site, pages),
        start_router(site, pages),
        results_router(site, pages),
        steering_router(site, pages),
        files_router(site, pages),
        value_router(site, pages),
        steps_router(site),
        digest_router(site, pages),
        editor_router(site, pages),
        queue_router(site, pages),
        images_router(site, pages),
        viewer_router(pages),
        night_router(site, pages),
        panels_router(site, pages),
        label_check_router(site, pages),
        inbox_router(site, pages),
        changing_router(site, pages),
        unheard_router(site, pages),
        dicomweb.router(site, site),
        objections_router(site, pages, site),
        sign_in.router(site, site, pages, ""),
        hospital.router(site, site, pages, "", ""),
        set_up.router(site, pages),
        session_pages.router(site, pages, ""),
        me_page.router(site, pages),
        accounts_page.router(site, pages),
        glass_page.router(site, pages, 60),
        packs_router(site, pages),
        pack_figures_router(site, pages),
        validations_router(site, pages),
        needs_router(site, pages),
        accuracy_router(site, pages),
        reports_router(site, site),
    ):
        app.include_router(router)
    routes = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert routes == VIEWS.keys() | ELSEWHERE.keys()
    assert not VIEWS.keys() & ELSEWHERE.keys()
    files = ("/openapi.json", "/static/{path:path}", "/viewer", "/viewer/", "/viewer/{path:path}")
    apart = {("GET", path) for path in files}  # which stand in no description of addresses
    of_rights = {one for one in ACCESS if not one[1].startswith("/fhir/")} - apart
    assert of_rights == routes, "each address asks for a right, or says why not"
    assert set(VIEWS.values()) <= EVENTS.keys()


@pytest.mark.shows("R59")
async def test_a_study_that_is_viewed_is_logged_with_the_address(house: House, desk: Desk) -> None:
    await house.ask(f"/api/studies/{KNOWN}")
    ((entry, asker),) = desk.logged
    assert (entry.event, entry.study_key) == ("study viewed", storage_key(KNOWN))
    assert (asker.actor, asker.address, asker.source) == ("127.0.0.1", "127.0.0.1", "web")


async def test_what_is_not_shown_is_no_view(house: House, desk: Desk) -> None:
    await house.ask("/api/studies/9.9.9")
    await house.ask("/healthz")
    assert desk.logged == []


async def test_a_reading_names_who_answers_for_it(house: House, desk: Desk) -> None:
    body = b'{"kind": "signed", "at": "2026-03-02T10:00:00+01:00", "by": "dr. X"}'
    await house.ask(f"/api/studies/{KNOWN}/events", "POST", body, JSON)
    ((entry, _),) = desk.logged
    assert (entry.event, entry.responsible) == ("reading noted", "dr. X")


@pytest.mark.shows("R59")
async def test_an_open_board_that_refreshes_is_logged_for_what_is_new_on_it(house: House, desk: Desk) -> None:
    await house.ask("/")
    await house.ask("/board/rows")
    house.views.rows = [row(), row(study_instance_uid="1.2.4")]
    house.hub.version += 1
    await house.ask("/board/rows")
    await house.ask("/")
    assert desk.events() == ["board viewed"] * 3
    assert [entry.studies for entry, _ in desk.logged] == [(storage_key(KNOWN),), (storage_key("1.2.4"),), ()]
    assert [entry.payload["shown"] for entry, _ in desk.logged] == [1, 2, 2]


async def test_a_program_that_asks_for_the_worklist_again_is_logged_for_what_is_new(house: House, desk: Desk) -> None:
    for _ in range(3):
        assert (await house.ask("/api/worklist")).status == 200
    assert desk.events() == ["worklist read"]


async def test_a_reader_keeps_the_board_where_it_cannot_be_logged_and_it_is_logged_later(
    house: House, desk: Desk
) -> None:
    desk.is_broken = True
    assert (await house.ask("/board/rows")).status == 200
    desk.is_broken = False
    await house.ask("/board/rows")
    assert [entry.studies for entry, _ in desk.logged] == [(storage_key(KNOWN),)]

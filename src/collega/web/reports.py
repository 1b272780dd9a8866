"""Reports from programs that speak no HL7."""

from datetime import UTC, datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from collega.errors import InputError
from collega.model.given_report import LONGEST_NUMBER, LONGEST_TEXT, GivenReport
from collega.model.message import ReportStatus
from collega.model.study import Patient
from collega.model.token import TokenRight
from collega.web.gate import Gate
from collega.web.guard import same_origin

Number = Annotated[str, Field(max_length=LONGEST_NUMBER)]


class Given(BaseModel):
    """A version of a report as a program gives it."""

    model_config = ConfigDict(extra="forbid")

    patient_id: Annotated[str, Field(min_length=1, max_length=LONGEST_NUMBER)]
    issuer: Number = ""
    accession_number: Number = ""
    study_instance_uid: Number = ""
    status: ReportStatus = ReportStatus.FINAL
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    author: Number = ""
    signed_at: AwareDatetime


class ReportDesk(Protocol):
    """What is asked of the site."""

    async def take(self, given: GivenReport, source: str) -> str:
        """Keep a report; names the language that it seems to be in, where that is another than reports are read in.

        Raises
        ------
        InputError
            Nothing acts upon reports here.
        """
        ...


def reports_router(desk: ReportDesk, let_in: Gate) -> APIRouter:
    """Make the route; ``let_in`` is the gate of programs."""
    routes = APIRouter()

    async def may_write(request: Request) -> None:
        await let_in(request, TokenRight.WRITE)

    @routes.post("/api/reports", status_code=202, dependencies=[Depends(may_write), Depends(same_origin)])
    async def add(request: Request, said: Given) -> dict[str, str]:
        """Take a version of a report; it is linked with its study within seconds, now or when that comes."""
        try:
            given = GivenReport(
                patient=Patient(issuer=said.issuer.strip(), patient_id=said.patient_id.strip()),
                status=said.status,
                text=said.text,
                signed_at=said.signed_at,
                accession_number=said.accession_number.strip(),
                study_instance_uid=said.study_instance_uid.strip(),
                author=said.author.strip(),
            )
            given.check_clock(datetime.now(UTC))
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        try:
            other = await desk.take(given, request.client.host if request.client else "")
        except InputError as error:
            raise HTTPException(409, str(error)) from None
        return {"kept": said.status} | ({"looks_like": other} if other else {})

    return routes

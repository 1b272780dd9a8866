"""Settings of a site: read once, frozen, every unknown key refused.

``collega.toml`` gives the values; ``COLLEGA_SECTION__KEY`` in the environment overrides one.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from collega.config.access import Access
from collega.config.leaving import Cloud, Feedback, Objections
from collega.config.links import Audit, Fhir, Hl7, TimelineSettings
from collega.config.pacs import Ian, Pacs
from collega.config.reports import Reports
from collega.config.section import Section
from collega.config.value import Value
from collega.config.web import Web
from collega.errors import ConfigurationError
from collega.model.app import Stage
from collega.model.caller import peer_rule

PREFIX = "COLLEGA_"
CONFIG_VARIABLE = "COLLEGA_CONFIG"
DEFAULT_FILE = Path("collega.toml")
# Settings that a variable gives as values with commas between them.
LISTS = frozenset(
    {
        ("dicom", "peers"),
        ("hl7", "peers"),
        ("run", "gpu_devices"),
        ("run", "allow_plain_http"),
        ("run", "container_arguments"),
        ("cloud", "reidentify"),
        ("feedback", "approvers"),
        ("notify", "smtp_to"),
        ("notify", "webhook_url"),
        ("timeline", "sole_codes"),
        ("access", "oidc_roles"),
    }
)


# Settings that a variable gives as a JSON list of tables.
TABLES = frozenset({("hl7", "destinations")})


class Database(Section):
    """Where PostgreSQL is; an empty ``url`` starts the embedded server in the data folder."""

    url: str = ""


class Dicom(Section):
    """The address on which studies are received, and who may send.

    ``peers`` lists allowed calling AE titles, each optionally as ``AET@address`` or ``AET@network/bits`` and with
    ``=service+service`` after it; empty allows all.
    ``reserve_mb``: new objects are refused when the disk has less room than this. ``sync``: false
    answers success before an object is durable; for measurements only, never with patients. TLS begins
    with ``tls_certificate``; ``tls_ca`` asks every sender for a certificate; ``tls_only`` closes the plain port.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=11112, ge=0, le=65535)
    aet: str = Field(default="COLLEGA", min_length=1, max_length=16)
    peers: tuple[str, ...] = ()
    max_associations: int = Field(default=50, ge=1)
    idle_timeout_s: float = Field(default=60.0, gt=0)
    max_pdu_bytes: int = Field(default=131072, ge=4096, le=1048576)
    sync: bool = True
    reserve_mb: int = Field(default=512, ge=0)
    tls_port: int = Field(default=2762, ge=0, le=65535)
    tls_certificate: str = ""
    tls_key: str = ""
    tls_ca: str = ""
    tls_only: bool = False

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key):
            message = "dicom.tls_certificate and dicom.tls_key, both or neither"
            raise ValueError(message)
        if not self.tls_certificate and (self.tls_ca or self.tls_only):
            message = "dicom.tls_certificate and dicom.tls_key beside dicom.tls_ca or dicom.tls_only"
            raise ValueError(message)
        return self

    @field_validator("peers")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            peer_rule(text)
        return value


class Receive(Section):
    """When a study counts as complete: seconds of quiet after the last association, by modality.

    ``count_after_s``: seconds after the last arrival at which the PACS is asked how many objects each series
    has, 0 never; ``count_interval_s``: and again, until two answers are equal.
    ``learn_from_studies``: so many studies of a scanner show how long it pauses; 0 switches it off.
    ``learned_margin`` multiplies its longest pause, ``learned_least_s`` is the least that is waited for.
    """

    quiet_projection_s: float = Field(default=0.5, ge=0)
    quiet_volume_s: float = Field(default=60.0, ge=0)
    quiet_other_s: float = Field(default=10.0, ge=0)
    count_after_s: float = Field(default=5.0, ge=0)
    count_interval_s: float = Field(default=5.0, gt=0)
    learn_from_studies: int = Field(default=20, ge=0, le=1000)
    learned_margin: float = Field(default=3.0, ge=1)
    learned_least_s: float = Field(default=5.0, ge=0)


class Board(Section):
    """What the board shows, and within how many minutes a study is to be opened (0: no target)."""

    hours_back: float = Field(default=24.0, gt=0)
    rows: int = Field(default=200, ge=1, le=1000)
    keep_signed_minutes: float = Field(default=15.0, ge=0)
    target_stat_minutes: float = Field(default=30.0, ge=0)
    target_high_minutes: float = Field(default=60.0, ge=0)
    target_routine_minutes: float = Field(default=480.0, ge=0)
    target_low_minutes: float = Field(default=1440.0, ge=0)


class Coverage(Section):
    """Asking the PACS for what never arrived.

    ``every_minutes``: 0 switches it off. ``look_back_hours``: studies of the days since then are
    asked for. ``grace_minutes``: a younger study may still be on its way. ``fetch``: have the PACS
    send what is missing, at most ``most_fetches_per_round`` studies each time.
    """

    every_minutes: float = Field(default=10.0, ge=0, le=24 * 60)
    look_back_hours: float = Field(default=24.0, gt=0, le=24 * 31)
    grace_minutes: float = Field(default=10.0, ge=0, le=24 * 60)
    fetch: bool = False
    most_fetches_per_round: int = Field(default=20, ge=1)


class Notify(Section):
    """Telling people that AI is not available, and that it is again.

    ``after_minutes``: a shorter outage is told to nobody. ``steady_minutes``: what has been up for
    this long is up. ``failed_jobs``: an app that failed so many times in a row is down.
    ``sender_silent_minutes``: a RIS that is silent for less counts as there; 0 does not look.
    ``discrepancies``: whether the same channels tell of discrepancies that are overdue or urgent.
    """

    after_minutes: float = Field(default=5.0, gt=0, le=24 * 60)
    steady_minutes: float = Field(default=1.0, ge=0, le=24 * 60)
    failed_jobs: int = Field(default=3, ge=1)
    sender_silent_minutes: float = Field(default=0.0, ge=0, le=24 * 60)
    smtp_host: str = ""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_from: str = ""
    smtp_to: tuple[str, ...] = ()
    smtp_user: str = ""
    smtp_password_file: str = ""
    webhook_url: tuple[str, ...] = ()
    discrepancies: bool = True
    timeout_s: float = Field(default=20.0, gt=0, le=60)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp_host and not (self.smtp_from and self.smtp_to):
            message = "smtp_from and smtp_to beside smtp_host"
            raise ValueError(message)
        if self.smtp_user and not self.smtp_password_file:
            message = "smtp_password_file beside smtp_user"
            raise ValueError(message)
        odd = [url for url in self.webhook_url if not url.startswith(("http://", "https://"))]
        if odd:
            message = "addresses that begin with http:// or https://"
            raise ValueError(message)
        return self


class Run(Section):
    """Running apps: how many compute and how many wait for another machine at once, whether without isolation.

    ``gpu_devices``: the graphics processors that apps may be given, a slot each. ``container_engine``: program that
    runs images, empty takes podman; ``container_arguments`` go with each of its runs.
    ``allow_plain_http``: hosts of services to which images may go in clear. ``rules``: a file with composite rules
    of the site, none where it is empty.
    """

    parallel: int = Field(default=2, ge=1)
    parallel_remote: int = Field(default=16, ge=1, le=128)
    gpu_devices: tuple[str, ...] = ()
    allow_plain_http: tuple[str, ...] = ()
    container_engine: str = ""
    container_arguments: tuple[str, ...] = ()
    allow_unconfined: bool = False
    retry_wait_s: float = Field(default=5.0, ge=0)
    rules: str = ""


class Inputs(Section):
    """Where apps' further inputs come from: priors, and records of the patient.

    ``wait_s``: seconds that an app waits for them. ``dicomweb_url``: priors come from there, else from the PACS by
    C-MOVE. ``fhir_url``: reports, laboratory and genetics; ``patient_system`` is what the numbers of patients are
    called there, ``patient_issuer`` whose numbers they are in DICOM.
    """

    wait_s: float = Field(default=60.0, gt=0, le=3600)
    timeout_s: float = Field(default=10.0, gt=0, le=600)
    most_images: int = Field(default=4000, ge=1)
    most_mb: int = Field(default=4096, ge=1)
    dicomweb_url: str = ""
    dicomweb_token_file: str = ""
    fhir_url: str = ""
    fhir_token_file: str = ""
    patient_system: str = ""
    patient_issuer: str = ""
    tls_ca: str = ""
    tls_certificate: str = ""
    tls_key: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.fhir_url and not self.patient_system:
            message = "patient_system beside fhir_url: a number alone may be that of several persons"
            raise ValueError(message)
        if bool(self.tls_certificate) != bool(self.tls_key):
            message = "tls_certificate and tls_key, both or neither"
            raise ValueError(message)
        if any(url and not url.startswith(("http://", "https://")) for url in (self.dicomweb_url, self.fhir_url)):
            message = "addresses that begin with http:// or https://"
            raise ValueError(message)
        return self


class Route(Section):
    """Guards on all apps. ``max_study_age_days``: older studies go to no app; 0 switches it off."""

    max_study_age_days: float = Field(default=365.0, ge=0)


class Disk(Section):
    """Marks before the disk is full: a share of it in percent, yet at most so many mebibytes; 0 switches one off.

    The last mark is ``dicom.reserve_mb``.
    """

    warn_percent_free: float = Field(default=15.0, ge=0, le=100)
    warn_mb: int = Field(default=51200, ge=0)
    refuse_percent_free: float = Field(default=5.0, ge=0, le=100)
    refuse_mb: int = Field(default=10240, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.refuse_percent_free > self.warn_percent_free or self.refuse_mb > self.warn_mb:
            message = "disk.refuse_* no higher than disk.warn_*: a warning comes before a refusal"
            raise ValueError(message)
        return self


class Retention(Section):
    """Days that files are kept after the last activity of their study; 0 keeps them for ever."""

    images_days: float = Field(default=90.0, ge=0)
    results_days: float = Field(default=0.0, ge=0)
    runs_days: float = Field(default=30.0, ge=0)
    quarantine_days: float = Field(default=365.0, ge=0)


class Site(Section):
    """The site: its time zone and the language of what clinicians see."""

    name: str = ""
    timezone: str = "Europe/Amsterdam"
    language: Literal["en", "nl"] = "en"

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            message = f"a time zone such as Europe/Amsterdam, not {value!r}"
            raise ValueError(message) from None
        return value


class Log(Section):
    """How much is logged, and whether as JSON lines."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = False


class Settings(Section):
    """All settings of a site; ``data`` holds the database, studies, results and secrets."""

    data: Path = Path("collega-data")
    apps: tuple[Path, ...] = ()
    default_stage: Stage = Stage.SHADOW
    database: Database = Database()
    dicom: Dicom = Dicom()
    receive: Receive = Receive()
    web: Web = Web()
    access: Access = Access()
    board: Board = Board()
    fhir: Fhir = Fhir()
    hl7: Hl7 = Hl7()
    pacs: Pacs = Pacs()
    ian: Ian = Ian()
    coverage: Coverage = Coverage()
    notify: Notify = Notify()
    run: Run = Run()
    inputs: Inputs = Inputs()
    cloud: Cloud = Cloud()
    objections: Objections = Objections()
    feedback: Feedback = Feedback()
    route: Route = Route()
    reports: Reports = Reports()
    value: Value = Value()
    retention: Retention = Retention()
    disk: Disk = Disk()
    audit: Audit = Audit()
    site: Site = Site()
    timeline: TimelineSettings = TimelineSettings()
    log: Log = Log()

    @field_validator("apps", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _told_of_what_is_there(self) -> Self:
        if self.ian.host and (not self.pacs.is_named or self.pacs.confirm == "accepted"):
            message = "a PACS with pacs.confirm visible or committed beside ian.host: only what is there is told of"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _distinct_ports(self) -> Self:
        asked = {
            "dicom.port": 0 if self.dicom.tls_only else self.dicom.port,
            "dicom.tls_port": self.dicom.tls_port if self.dicom.tls_certificate else 0,
            "web.port": self.web.port,
            "hl7.port": self.hl7.port,
        }
        for port in filter(None, asked.values()):
            same = [key for key, other in asked.items() if other == port]
            if len(same) > 1:
                message = f"different ports for {' and '.join(same)}, both are {port}"
                raise ValueError(message)
        return self


def load(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Parameters
    ----------
    file : Path, optional
        A TOML file that must exist; without it ``COLLEGA_CONFIG``, else ``collega.toml`` in the
        working folder where there is one.
    environment : Mapping, optional
        Stands in for the process environment.

    Raises
    ------
    ConfigurationError
        Names the file or variable, the key, and what was expected.
    """
    environment = os.environ if environment is None else environment
    named = file or (Path(environment[CONFIG_VARIABLE]) if environment.get(CONFIG_VARIABLE) else None)
    values = _from_file(named or DEFAULT_FILE, required=named is not None)
    sources = _overlay(values, environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(_explain(error, named or DEFAULT_FILE, sources)) from None
    return settings.model_copy(update={"data": settings.data.expanduser().absolute()})


def _from_file(file: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            message = f"{file}: no such settings file"
            raise ConfigurationError(message) from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file}: not readable as TOML: {error}"
        raise ConfigurationError(message) from None


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Lay environment variables over the file's values; return which key came from which variable."""
    sources: dict[tuple[str, ...], str] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        path = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        target = values
        for part in path[:-1]:
            child = target.setdefault(part, {})
            if not isinstance(child, dict):
                message = f"{variable}: {part} is no section"
                raise ConfigurationError(message)
            target = child
        target[path[-1]] = _split(path, value)
        sources[path] = variable
    return sources


def _split(path: tuple[str, ...], value: str) -> object:
    if path in TABLES:
        try:
            return tuple(json.loads(value)) if value else ()
        except (ValueError, TypeError):
            message = f"{PREFIX}{'__'.join(path).upper()}: a JSON list of tables, not {value[:40]!r}"
            raise ConfigurationError(message) from None
    return tuple(part.strip() for part in value.split(",") if part.strip()) if path in LISTS else value


def _explain(error: ValidationError, file: Path, sources: Mapping[tuple[str, ...], str]) -> str:
    lines = []
    for problem in error.errors():
        path = tuple(str(part) for part in problem["loc"])
        where = sources.get(path) or f"{file}: {'.'.join(path) or 'settings'}"
        if problem["type"] == "extra_forbidden":
            known = ", ".join(_known_keys(path))
            lines.append(f"{where}: unknown key; expected one of {known}")
        else:
            expected = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{where}: {expected} (got {problem['input']!r})")
    return "\n".join(lines)


def _known_keys(path: tuple[str, ...]) -> list[str]:
    section: type[BaseModel] = Settings
    for part in path[:-1]:
        if part.isdecimal():  # a place in a list of tables
            continue
        annotation: object = section.model_fields[part].annotation
        annotation = next(iter(get_args(annotation)), annotation)
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            break
        section = annotation
    return sorted(section.model_fields)

"""How an app is started, and on which side of the machine it works."""

from dataclasses import dataclass
from enum import StrEnum

from collega.model.leaving import Permit

# How an app is fenced in that works on another machine.
ELSEWHERE = "elsewhere"


class Runtime(StrEnum):
    """Kinds of app, all behind one port and one manifest."""

    PYTHON = "python"
    CONTAINER = "container"
    HTTP = "http"
    DICOM = "dicom"


class Package(StrEnum):
    """Whose contract an image keeps: ours, or that of another platform."""

    COLLEGA = "collega"
    MONAI = "monai"
    MERCURE = "mercure"


class Way(StrEnum):
    """How readers come to an app's word (R67)."""

    AUTOMATIC = "automatic"
    ON_DEMAND = "on-demand"
    OWN_SCREEN = "own-screen"


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSpec:
    """An image of the local store, and what is called in it; no command takes the image's own.

    ``processes`` bounds processes and threads together.
    """

    image: str
    package: Package = Package.COLLEGA
    command: tuple[str, ...] = ()
    processes: int = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpSpec:
    """A service; ``certificate``, ``key`` and ``ca`` are files for mutual TLS, empty where there is none.

    ``wants_free_text``: of one in the cloud, whether its maker asks for free text too. ``permit`` stands in no
    manifest: it is given for one attempt.
    """

    url: str
    is_cloud: bool = False
    certificate: str = ""
    key: str = ""
    ca: str = ""
    wants_free_text: bool = False
    permit: Permit | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DicomSpec:
    """A vendor's box: where images go, and under which AE titles its answers come back.

    ``settle_s``: seconds without another object after which its answer is whole.
    """

    host: str
    port: int
    aet: str
    answers_from: tuple[str, ...]
    settle_s: float = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSpec:
    """How an app is started, and what it may use.

    ``time_limit_s`` is wall time in seconds; ``memory_mb`` counts mebibytes (of a Python app: on
    top of what the warm template holds); ``output_mb`` bounds all that the app writes or answers.
    ``at_once``: so many of its attempts at the same time at most, None: as many as the site allows;
    ``gpus``: slots of the machine's graphics processors that an attempt holds.
    """

    runtime: Runtime
    time_limit_s: float
    memory_mb: int
    output_mb: int
    attempts: int
    entry: str = ""
    preload: tuple[str, ...] = ()
    at_once: int | None = None
    gpus: int = 0
    container: ContainerSpec | None = None
    http: HttpSpec | None = None
    dicom: DicomSpec | None = None

    @property
    def is_remote(self) -> bool:
        """Whether it works on another machine, and waits here rather than computes."""
        return self.runtime in {Runtime.HTTP, Runtime.DICOM}


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """How readers come to an app's word, and what the word may do; what is not allowed is withheld.

    ``screen`` is the address of an app's own screen. ``may_prioritise``: raise a study in the worklist;
    ``may_rule_out``: say that nothing was found; ``may_localise``: show where.
    """

    way: Way = Way.AUTOMATIC
    screen: str = ""
    may_prioritise: bool = True
    may_rule_out: bool = True
    may_localise: bool = True

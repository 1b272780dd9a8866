"""Every error that collega raises on purpose.

::

    CollegaError
    ├── ConfigurationError   the operator must change a file or a setting; exit code 2
    │   └── ManifestError    the same, for the folder of an app
    ├── InputError           what was asked for is not there or makes no sense; exit code 1
    │   ├── LaunchError      the same, for the token or session of an app's own screen; the page says why
    │   └── DecodingError    the same, for a part of an object that cannot be given; the answer says why
    ├── QuarantineError      what came in contradicts what is known: kept apart, shown, never used
    ├── MessageError         a peer's message cannot be acted upon: it is answered with the reason
    ├── TransientError       trying again later can help
    │   ├── PeerError        a peer does not answer, or answers that it cannot now
    │   └── StoreFullError   there is no room for another object
    ├── RefusedError         a peer will never take this object in this form: try the next form
    └── FencedError          somebody else has done this step meanwhile: roll back and say so

A class exists only where a caller acts differently on it.
"""


class CollegaError(Exception):
    """Root of the tree; its text is written for the person who must act."""


class ConfigurationError(CollegaError):
    """A setting or a file is wrong: the text says where, what, and what was expected."""


class ManifestError(ConfigurationError):
    """The folder of an app does not keep the contract."""


class InputError(CollegaError):
    """A command, a page or a program asks for something that does not exist or cannot be read.

    Parameters
    ----------
    text : str
        What a command and a program are told.
    nl : str
        The same in Dutch, where a clinician can meet it on a page.
    """

    def __init__(self, text: str, *, nl: str = "") -> None:
        super().__init__(text)
        self.nl = nl


class LaunchError(InputError):
    """A token or a session opens nothing.

    Parameters
    ----------
    code : str
        Why, as `collega.model.launch.Refusal` spells it; it chooses the answer.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the launch was refused: {code}")
        self.code = code


class DecodingError(InputError):
    """A frame or another part of an object cannot be given.

    Parameters
    ----------
    code : str
        ``none`` where the object has no such part, ``senseless`` where no part can be meant, ``gone`` where its file
        was removed, else ``undecodable``.
    text : str
        What the asker is told.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class QuarantineError(CollegaError):
    """An object or an app's answer contradicts what is known.

    Parameters
    ----------
    code : str
        Short name of the contradiction, as listed in the reference of errors.
    text : str
        What was found, where, and what to do.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class MessageError(CollegaError):
    """A message of a peer asks for what is not done, or does not hold what it must.

    Parameters
    ----------
    code : str
        Short name of the reason, as listed in the reference of errors; it chooses the status of the answer.
    text : str
        What the peer is told: at most 64 characters, of ASCII, with nothing of the message in it.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class TransientError(CollegaError):
    """The same step can succeed later."""


class PeerError(TransientError):
    """A peer could not be reached or could not take the message now."""


class StoreFullError(TransientError):
    """The disk has no room above the reserve."""


class RefusedError(CollegaError):
    """A peer refuses an object for good."""


class FencedError(CollegaError):
    """The row that a step was about to close has been closed by someone else."""

"""The one error tree; every error that we raise on purpose stands here.

WealthloopError            exit 1, HTTP 500  something that we named went wrong
├── InvalidInput           exit 2, HTTP 400  what came in breaks a rule; says file, line, column and rule
│   ├── BankDataError      exit 2, HTTP 400  nothing of a bank source could be loaded
│   ├── DocumentError      exit 2, HTTP 400  a strategy, rule pack, mapping or value book is not valid
│   └── HomeError          exit 2, HTTP 409  a home is missing, of another version or in use
├── GateStopped            exit 3, HTTP 409  a gate asks for a person's decision (``--accept``)
├── NotAllowed             exit 4, HTTP 403  this person may not do this
├── NotFound               exit 4, HTTP 404  no such thing within this person's scope
├── Conflict               exit 4, HTTP 409  the thing has moved on since it was read
└── ConnectorError         exit 5, HTTP 502  a channel provider refused or could not be reached
    ├── Refused            the provider answered no: nothing was sent
    └── OutcomeUnknown     no answer: it may or may not have been sent
"""


class WealthloopError(Exception):
    """Something that we named went wrong."""

    code = "error"
    status = 500
    exit_code = 1


class InvalidInput(WealthloopError):
    """What came in breaks a rule."""

    code = "invalid_input"
    status = 400
    exit_code = 2


class BankDataError(InvalidInput):
    """Nothing of a bank source could be loaded."""

    code = "bank_data"


class DocumentError(InvalidInput):
    """A strategy, rule pack, mapping or value book is not valid."""

    code = "document"


class HomeError(InvalidInput):
    """A home is missing, of another version or in use."""

    code = "home"
    status = 409


class GateStopped(WealthloopError):
    """A gate asks for a person's decision."""

    code = "gate"
    status = 409
    exit_code = 3


class NotAllowed(WealthloopError):
    """This person may not do this."""

    code = "not_allowed"
    status = 403
    exit_code = 4


class NotFound(WealthloopError):
    """No such thing within this person's scope."""

    code = "not_found"
    status = 404
    exit_code = 4


class Conflict(WealthloopError):
    """The thing has moved on since it was read."""

    code = "conflict"
    status = 409
    exit_code = 4


class ConnectorError(WealthloopError):
    """A channel provider refused or could not be reached."""

    code = "connector"
    status = 502
    exit_code = 5


class Refused(ConnectorError):
    """The provider answered no: nothing was sent."""

    code = "refused"


class OutcomeUnknown(ConnectorError):
    """The provider did not answer: the message may or may not have been sent."""

    code = "outcome_unknown"

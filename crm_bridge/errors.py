"""What can go wrong with the customer record.

No message carries a number, a name or a text: errors end up in logs.
"""


class CrmError(Exception):
    """Root of this package's errors. `retryable`: the same call may succeed later."""

    retryable = False


class CrmUnavailable(CrmError):
    """The database is away, full or too busy; nothing was written."""

    retryable = True


class StatementFailed(CrmError):
    """The database refused a statement as wrong: a fault of the program or of the schema."""


class UnknownCustomer(CrmError):
    """No customer has this id."""


class UnknownContact(CrmError):
    """No contact has this id."""

"""What can go wrong with stored objects."""

from hub.errors import HubError


class ObjectError(HubError):
    """Root of these errors."""


class NoKey(ObjectError):
    """There is no key to encrypt by, or none of the id that an object was encrypted by."""


class ObjectDamaged(ObjectError):
    """An object is not what was stored; the message says how that was seen."""


class ObjectMissing(ObjectDamaged):
    """The store has no object of this name."""


class StoreUnavailable(ObjectError):
    """The store did not do it: away, full, or it refuses. The same call may succeed later."""

    retryable = True

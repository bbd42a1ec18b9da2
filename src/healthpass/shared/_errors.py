"""The error of a shared memory."""

from healthpass.words._errors import HealthpassError


class SharedError(HealthpassError):
    """What several processes share cannot be used now: accept no presentation, and show or take no challenge."""

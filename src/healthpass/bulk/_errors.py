"""The errors of bulk work: about a whole input or output; what is wrong with one row stands in that row."""

from healthpass.words._errors import HealthpassError


class BulkError(HealthpassError):
    """Bulk work cannot begin, or cannot go on. What was written stays, and the same call again goes on there."""


class InputError(BulkError):
    """The input cannot be read, or is none: a column that nobody knows, for instance."""


class OutputError(BulkError):
    """The folder of the output cannot be written."""


class OtherWorkError(OutputError):
    """The folder of the output is of other work: of another input, for instance, or on other terms."""


class MeansError(BulkError):
    """What the work is done with cannot be used: the key, the ledger or the trust store."""


class StoppedError(BulkError):
    """A process that did the work has ended before it was done."""

"""What became of the codes that converted ones came from (spec/decision.md, CNV-4)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple, final

from healthpass.codec._time import now, to_seconds
from healthpass.issuing._source import BY, Source
from healthpass.ledger._interface import Ledger
from healthpass.ledger._selecting import Selection
from healthpass.trust._registry import Registry
from healthpass.verifying._judge import ended
from healthpass.words._verdicts import Verdict

# A withdrawal is for good (STI-4): a store that lacks the other authority's registry withdraws nothing.
_ENDINGS: Final = frozenset({Verdict.REVOKED, Verdict.KEY_REVOKED, Verdict.NOT_RECOGNISED})


@final
class Followed(NamedTuple):
    """A converted code whose source has ended, or of which that cannot be told.

    Attributes:
        cti: the reference of the converted code, 12 bytes.
        source: the code that it came from.
        verdict: `revoked`, `key-revoked` or `not-recognised`, which end it (CNV-4). Otherwise `registry-stale`, or
            `unknown-key` where the store lists no such key: then nothing can be told.
    """

    cti: bytes
    source: Source
    verdict: Verdict

    @property
    def is_ended(self) -> bool:
        """Whether the source has ended, so that the converted code is to be withdrawn."""
        return self.verdict in _ENDINGS


def ended_conversions(ledger: Ledger, registry: Registry, *, at: datetime | None = None) -> Iterator[Followed]:
    """Give the converted codes whose sources have ended, of those that are neither withdrawn nor expired.

    Withdraw those that have ended with `ledger.revoke`, after each update of the store and at least once a day.

    Args:
        ledger: the ledger of the office that has converted them.
        registry: what the office's store trusts now.
        at: the time; now when left out.
    """
    moment = now() if at is None else at
    for code in ledger.select(Selection(set_by=BY, withdrawn=False)):
        if code.expires_at <= moment:
            continue
        try:
            source = Source.read(ledger.batch(code.batch).why)
        except ValueError:
            continue  # no converted code: somebody else has called himself so
        verdict = ended(registry, source.issuer, source.public_key, source.place, to_seconds(moment))
        if verdict is not None:
            yield Followed(code.cti, source, verdict)

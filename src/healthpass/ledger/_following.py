"""What became of the codes that converted ones came from (spec/decision.md, CNV-4)."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, final

from healthpass.codec._time import now, to_seconds
from healthpass.issuing._source import BY, Source
from healthpass.ledger._interface import Ledger
from healthpass.ledger._selecting import Selection
from healthpass.trust._registry import Registry
from healthpass.verifying._judge import ended
from healthpass.words._verdicts import Verdict


@final
class Followed(NamedTuple):
    """A converted code whose source has ended, or of which that cannot be told.

    Attributes:
        cti: the reference of the converted code, 12 bytes.
        source: the code that it came from.
        verdict: `revoked`, `key-revoked`, `not-recognised` or `unknown-key`; `registry-stale` where it cannot be
            told, and then nothing is withdrawn.
    """

    cti: bytes
    source: Source
    verdict: Verdict

    @property
    def is_ended(self) -> bool:
        """Whether the source has ended, so that the converted code is to be withdrawn."""
        return self.verdict is not Verdict.REGISTRY_STALE


def ended_conversions(ledger: Ledger, registry: Registry, *, at: datetime | None = None) -> Iterator[Followed]:
    """Give the converted codes whose sources have ended, of those that are neither withdrawn nor expired.

    Withdraw them with `ledger.withdraw`, after each update of the store and at least once a day.

    Args:
        ledger: the ledger of the office that has converted them.
        registry: what the office's store trusts now.
        at: the time; now when left out.
    """
    moment = now() if at is None else at
    for code in ledger.select(Selection(set_by=BY, withdrawn=False)):
        if code.expires_at <= moment:
            continue
        source = Source.read(ledger.batch(code.batch).why)
        verdict = ended(registry, source.issuer, source.public_key, source.place, to_seconds(moment))
        if verdict is not None:
            yield Followed(code.cti, source, verdict)

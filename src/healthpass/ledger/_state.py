"""What a monitor asks of a ledger: how far it is, and until when the lists count that it published last."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, final

from healthpass.codec._time import from_seconds
from healthpass.credential._regions import IssuerId
from healthpass.ledger import _history, _lists
from healthpass.ledger._history import Head
from healthpass.ledger._sql import Connection


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """How a ledger is.

    Attributes:
        issuer: whose it is.
        head: the head of its log.
        lists: the numbers of its lists, ascending.
        free_lists: how many numbers are left for new lists, of the 4,096 that a gate takes of an issuer; 0 to
        4,096. withdrawn: how many codes the lists show as withdrawn, those that a copy did not know left out.
        last_published: when lists were published last; None when they never were.
        published_until: when the first of these lists expires; None when they never were.
        newest_list: the newest date of these lists; None when they never were.
        clock: the newest time in the log that came soon after those before.
        went_back: how the ledger is behind what was known of it before; None when it is not.
    """

    issuer: IssuerId
    head: Head
    lists: tuple[int, ...]
    free_lists: int
    withdrawn: int
    last_published: datetime | None
    published_until: datetime | None
    newest_list: datetime | None
    clock: datetime
    went_back: str | None


def state(connection: Connection, issuer: IssuerId, at: int, went_back: str | None) -> LedgerState:
    """Read how a ledger is."""
    numbers = _lists.numbers(connection)
    (clock,) = connection.execute("SELECT clock FROM ledger").fetchone()
    (withdrawn,) = connection.execute(
        f"SELECT count(*) FROM {connection.codes} WHERE state = 1 AND expires_at > ?", (at - _lists.SHOWN,)
    ).fetchone()
    row = connection.execute(
        "SELECT at, facts FROM log WHERE action = 'published' ORDER BY number DESC LIMIT 1"
    ).fetchone()
    told: list[Any] = json.loads(row[1])["lists"] if row else []
    return LedgerState(
        issuer=issuer,
        head=_history.head(connection),
        lists=numbers,
        free_lists=_lists.MAX_LISTS - len(numbers) + sum(1 for _ in _lists.rested(connection, at)),
        withdrawn=withdrawn,
        last_published=from_seconds(row[0]) if row else None,
        published_until=from_seconds(min(expires for _, _, expires, _ in told)) if told else None,
        newest_list=from_seconds(max(issued for _, issued, _, _ in told)) if told else None,
        clock=from_seconds(clock),
        went_back=went_back,
    )

"""The issuer's ledger: which code has which place, which are withdrawn, by whom and why (spec/status.md, 5).

This room gives out the places, keeps the log, and publishes the status lists.

>>> ledger = SqliteLedger.create("ledger", "CN-33-01.WJW")  # doctest: +SKIP
>>> ledger.revoke(issued.cti, by="officer 17", why="the test was negative")  # doctest: +SKIP
>>> base = "https://status.example.cn/hangzhou"
>>> lists = publish(ledger, base, status_key, lifetime=timedelta(days=1))  # doctest: +SKIP

The ledger does not record what a code says about its holder. Each action is a line of its log.
`SqliteLedger.verify_chain` finds a line that was changed, removed or inserted. With a `Head` that was kept
elsewhere, it also finds a log that was cut off or written anew.

`healthpass.ledger.postgres` has a ledger that many hosts share, and `open_ledger` opens the one or the other. To
use another database, write a class with the methods of `Ledger`.
"""

from healthpass.documents._opened import ListClaims, is_list, open_list
from healthpass.issuing._source import Source
from healthpass.issuing._status_places import CodeRecord, Recorded, Runs, RunTerms, StatusPlaces
from healthpass.ledger._actions import Action, Batch, Withdrawal, read_cti, read_ctis, read_kid
from healthpass.ledger._errors import (
    CodeKnownError,
    DamagedError,
    DeviceKeyUsedError,
    LedgerError,
    ProofError,
    TamperedError,
    TooManyCodesError,
    UnknownBatchError,
    UnknownCodeError,
    WentBackError,
    WithdrawnCodeError,
)
from healthpass.ledger._following import Followed, ended_conversions
from healthpass.ledger._history import Head, LogLine, verify_chain
from healthpass.ledger._interface import Ledger, ListIssue
from healthpass.ledger._ledger import DatabaseLedger
from healthpass.ledger._open import holds_password, open_ledger
from healthpass.ledger._proof import EntryProof
from healthpass.ledger._publish import compare, publish
from healthpass.ledger._published import Comparison
from healthpass.ledger._restore import Restored
from healthpass.ledger._selecting import SelectedCode, Selection
from healthpass.ledger._sqlite import SqliteLedger
from healthpass.ledger._state import LedgerState

__all__ = [
    "Action",
    "Batch",
    "CodeKnownError",
    "CodeRecord",
    "Comparison",
    "DamagedError",
    "DatabaseLedger",
    "DeviceKeyUsedError",
    "EntryProof",
    "Followed",
    "Head",
    "Ledger",
    "LedgerError",
    "LedgerState",
    "ListClaims",
    "ListIssue",
    "LogLine",
    "ProofError",
    "Recorded",
    "Restored",
    "RunTerms",
    "Runs",
    "SelectedCode",
    "Selection",
    "Source",
    "SqliteLedger",
    "StatusPlaces",
    "TamperedError",
    "TooManyCodesError",
    "UnknownBatchError",
    "UnknownCodeError",
    "WentBackError",
    "Withdrawal",
    "WithdrawnCodeError",
    "compare",
    "ended_conversions",
    "holds_password",
    "is_list",
    "open_ledger",
    "open_list",
    "publish",
    "read_cti",
    "read_ctis",
    "read_kid",
    "verify_chain",
]

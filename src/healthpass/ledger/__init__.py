"""The issuer's ledger: which code has which place, which are withdrawn, by whom and why (spec/status.md, 5).

This room gives out the places, keeps the log, and publishes the status lists.

>>> ledger = SqliteLedger.create("ledger.db", "CN-33-01.WJW")  # doctest: +SKIP
>>> ledger.revoke(issued.cti, by="officer 17", why="the test was negative")  # doctest: +SKIP
>>> base = "https://status.example.cn/hangzhou"
>>> lists = publish(ledger, base, status_key, lifetime=timedelta(days=1))  # doctest: +SKIP

The ledger does not record what a code says about its holder. Each action is a line of its log.
`SqliteLedger.verify_chain` finds a line that was changed, removed or inserted. With a `Head` that was kept
elsewhere, it also finds a log that was cut off or written anew.

To use another database than SQLite, write a class with the methods of `Ledger`.
"""

from healthpass.documents._opened import ListClaims, is_list, open_list
from healthpass.issuing._status_places import CodeRecord, StatusPlaces
from healthpass.ledger._actions import Action, Withdrawal, in_place_of, read_cti, read_ctis, read_kid
from healthpass.ledger._errors import LedgerError, TamperedError, UnknownCodeError, WithdrawnCodeError
from healthpass.ledger._history import Head, LogLine, verify_chain
from healthpass.ledger._interface import Ledger, ListIssue
from healthpass.ledger._publish import publish
from healthpass.ledger._sqlite import SqliteLedger

__all__ = [
    "Action",
    "CodeRecord",
    "Head",
    "Ledger",
    "LedgerError",
    "ListClaims",
    "ListIssue",
    "LogLine",
    "SqliteLedger",
    "StatusPlaces",
    "TamperedError",
    "UnknownCodeError",
    "Withdrawal",
    "WithdrawnCodeError",
    "in_place_of",
    "is_list",
    "open_list",
    "publish",
    "read_cti",
    "read_ctis",
    "read_kid",
    "verify_chain",
]

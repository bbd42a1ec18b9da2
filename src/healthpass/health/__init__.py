"""Health: how long what a verifier or an issuer relies on still lasts, for those who watch over it.

>>> check_store("gate").level  # doctest: +SKIP
<Level.OK: 'ok'>

A check changes nothing, ends in limited time, and answers with findings instead of errors: what is watched may be
broken, or hostile. The command is `healthpass health`.
"""

from healthpass.health._ledger import check_ledger
from healthpass.health._published import check_published
from healthpass.health._report import Check, Finding, Limits, Measure, Report
from healthpass.health._store import check_store
from healthpass.health._words import Level, Matter

__all__ = [
    "Check",
    "Finding",
    "Level",
    "Limits",
    "Matter",
    "Measure",
    "Report",
    "check_ledger",
    "check_published",
    "check_store",
]

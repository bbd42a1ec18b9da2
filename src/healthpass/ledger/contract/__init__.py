"""What every ledger promises, as tests: for who writes a ledger of their own on another database (needs pytest).

Make a class of tests, say how your ledger is made and opened, and let pytest run it:

>>> class TestMine(LedgerContract):  # doctest: +SKIP
...     def make(self, folder: Path, issuer: str) -> Ledger:
...         return MyLedger.create(folder / "ledger", issuer)
...
...     def open(self, folder: Path, issuer: str) -> Ledger:
...         return MyLedger(folder / "ledger")

The tests ask for what the docstrings of `healthpass.ledger.Ledger` and `StatusPlaces` say, and for nothing else.
Each test says in its docstring what it holds a ledger to.

Three things they cannot ask for, because each database does them in its own way. Test by yourself that
`verify_chain` finds what was changed behind the ledger's back, what becomes of a copy that is put back, and that
the order of places cannot be told without a secret (STI-2).
"""

try:
    import pytest
except ImportError as err:
    raise ImportError("healthpass.ledger.contract needs pytest, to run its tests: pip install pytest") from err

_PARTS = (
    "desk",
    "forgetting",
    "log",
    "places",
    "processes",
    "publishing",
    "recording",
    "runs",
    "selecting",
    "withdrawing",
)
pytest.register_assert_rewrite(*(f"{__name__}._{part}" for part in _PARTS))

from healthpass.ledger.contract._desk import Desk  # noqa: E402 - their assertions tell what was found
from healthpass.ledger.contract._forgetting import ForgettingContract  # noqa: E402
from healthpass.ledger.contract._log import LogContract  # noqa: E402
from healthpass.ledger.contract._places import PlacesContract  # noqa: E402
from healthpass.ledger.contract._processes import ProcessesContract  # noqa: E402
from healthpass.ledger.contract._publishing import PublishingContract  # noqa: E402
from healthpass.ledger.contract._recording import RecordingContract  # noqa: E402
from healthpass.ledger.contract._runs import RunsContract  # noqa: E402
from healthpass.ledger.contract._selecting import SelectingContract  # noqa: E402
from healthpass.ledger.contract._withdrawing import WithdrawingContract  # noqa: E402

__all__ = ["Desk", "InProcessContract", "LedgerContract"]


class InProcessContract(
    PlacesContract,
    RecordingContract,
    RunsContract,
    WithdrawingContract,
    SelectingContract,
    PublishingContract,
    ForgettingContract,
    LogContract,
):
    """The promises that need no second process, for a ledger that processes cannot share."""


class LedgerContract(InProcessContract, ProcessesContract):
    """The promises of a ledger. Override `make` and `open`; the rest has defaults.

    Name your class `Test...`, so that pytest finds it. Everything here runs in some seconds; for a long run, raise
    `seconds` and `kills`.

    Attributes:
        writers: how many processes write at once.
        seconds: for how long they do.
        kills: how many of them are killed in the middle of it.
    """

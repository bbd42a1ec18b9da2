"""An order of a run: taken in, or refused for what is wrong with it."""

from dataclasses import dataclass
from typing import Any, NamedTuple, final

from healthpass.credential._health import HealthCode
from healthpass.issuing._derived import checked_ref
from healthpass.issuing._order import Order


@final
@dataclass(frozen=True, slots=True)
class RowError:
    """An order of a run that got no code; `str()` gives `code: message`. The other orders have theirs.

    Attributes:
        code: what is the matter: `bad-ref` or `bad-order` where one of them breaks a rule, `findings` (ISS-8),
            `not-trusted` where no gate would accept the code, `device-key-used` (ISS-4), and `ref-conflict` where
            the ref has another code in this run.
        message: the same in words. It repeats neither the ref nor what was ordered.
    """

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Row(NamedTuple):
    """An order, and which one of a call it is."""

    number: int
    ref: bytes
    order: Order

    @classmethod
    def of(cls, number: int, given: Any) -> "Row | RowError":
        """Take in what a caller gave: a ref, and a health code or an order."""
        if not isinstance(given, tuple) or len(given) != 2:  # noqa: PLR2004 - a pair
            return RowError("bad-order", f"give a ref and what is ordered, not {type(given).__name__}")
        ref, ordered = given
        try:
            checked = checked_ref(ref)
        except (TypeError, ValueError) as error:
            return RowError("bad-ref", str(error))
        order = ordered if isinstance(ordered, Order) else Order(ordered)
        if isinstance(order.health_code, HealthCode) and getattr(order.health_code, "status", None) is not None:
            return RowError("bad-order", "the ledger gives the code its place: leave status out")
        return cls(number, checked, order)

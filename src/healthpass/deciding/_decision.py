"""What a gate does with a person, and why (spec/decision.md, DEC-10)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from healthpass.documents._fields import Names
from healthpass.words._code_points import Action, Duty


class Ground(StrEnum):
    """Why there is no action (DEC-1)."""

    NO_POLICY = "no-policy"
    DOCUMENT_MISMATCH = "document-mismatch"
    ASKS = "asks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a gate does with a person. It is true when the person may pass, and only then.

    Attributes:
        action: what is done; None where nothing is decided, and people have to.
        ground: why there is no action; None where there is one.
        rule: the rule that decided; None where none did, and the action is to turn back.
        duties: what else is done.
        ends: when the days of quarantine or monitoring end, in UTC; None without days.
        say: what to tell the person, in Chinese and English, or None.
        asks: what has to be known first: `declared:NAME` for a question of the policy, `document`, `place`,
            `residence` or `departure`.
        until: the time at which the same facts could give another decision, in UTC; None without a policy.
    """

    action: Action | None = None
    ground: Ground | None = None
    rule: str | None = None
    duties: tuple[Duty, ...] = ()
    ends: datetime | None = None
    say: Names | None = None
    asks: tuple[str, ...] = ()
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.action is Action.ADMIT

"""A decision as JSON, with words for a guard: what a gate's own service answers beside a judgement."""

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from healthpass.credential._in_json import ARRAY
from healthpass.credential._model import Model, Time
from healthpass.credential._regions import IssuerId
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy
from healthpass.verifying._words_in_json import WordsField
from healthpass.words._code_points import Action, Duty
from healthpass.words._row import Words

if TYPE_CHECKING:
    from healthpass.deciding._decision import Decision

_REMEMBERED: Final = 64  # a gate decides alike for many


class Ask(Model):
    """What has to be known before anything is decided.

    Attributes:
        what: `declared:NAME` for a question of the policy, `document`, `place`, `residence` or `departure`.
        words: the question, or what to do.
    """

    what: str
    words: WordsField


class Decided(Model):
    """A decision, by the policy of an office; one form in Python and in JSON. It is true when the person may pass.

    Attributes:
        policy: the office whose policy it is; None where none is in force.
        action: what is done; None where nothing is decided, and people have to.
        ground: why there is no action; None where there is one.
        words: what is done, or why nothing is, for the guard.
        rule: the rule that decided; None where none did.
        duties: what else is done.
        ends: when the days of quarantine or monitoring end; None without days.
        say: what to tell the person, or None.
        asks: what has to be known first.
        until: the time at which the same facts could give another decision; None without a policy.
    """

    policy: IssuerId | None
    action: Action | None
    ground: Literal["no-policy", "document-mismatch", "asks"] | None
    words: WordsField
    rule: str | None
    duties: Annotated[tuple[Duty, ...], ARRAY]
    ends: Time | None
    say: WordsField | None
    asks: Annotated[tuple[Ask, ...], ARRAY]
    until: Time | None

    def __bool__(self) -> bool:
        return self.action is Action.ADMIT

    @classmethod
    @lru_cache(maxsize=_REMEMBERED)
    def of(cls, decision: "Decision", policy: OfficeDocument[Policy] | None) -> Self:
        """Tell a decision by the policy in force, or that none is."""
        from healthpass.deciding._explain import ask_in_words, decision_in_words  # noqa: PLC0415 - as in `decide`

        content = policy.content if policy else None
        asks = [(one, ask_in_words(one, content)) for one in decision.asks] if content else []
        return cls(
            policy=policy.issuer if policy else None,
            action=decision.action,
            ground=None if decision.ground is None else decision.ground.value,
            words=decision_in_words(decision, content),
            rule=decision.rule,
            duties=decision.duties,
            ends=decision.ends,
            say=Words(decision.say.en, decision.say.zh) if decision.say else None,
            asks=tuple(Ask(what=what, words=words) for what, words in asks),
            until=decision.until,
        )

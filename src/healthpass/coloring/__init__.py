"""Colour rules: from what an office knows of a person to the colour that it states (spec/coloring.md).

Rules are data that a health officer reviews, in a file of JSON; a history is the office's own. The same history
and the same rules always give the same colour, with its reason, its end, and why:

>>> from datetime import UTC, datetime
>>> contact = Rule(
...     id="contact", on=Ground(event=EventName.EXPOSURE), color=Color.YELLOW, reason=Reason.EXPOSURE,
...     ends=Ends(days=10), say=Wording(zh="接触者观察10天", en="Contacts are observed for 10 days"),
... )
>>> names = Wording(zh="某市颜色规则", en="Colour rules of a city")
>>> rules = ColorRules(names=names, zone=480, rules=(contact, Rule(id="clear", color=Color.GREEN)))
>>> met = Event(
...     event=EventName.EXPOSURE, at=datetime(2022, 6, 20, 7, tzinfo=UTC), kind=EventKind.CLOSE_CONTACT
... )
>>> coloring = color_of([met], rules, at=datetime(2022, 6, 21, tzinfo=UTC))
>>> coloring.color.label, coloring.until.isoformat(), coloring.why.rule.id
('yellow', '2022-06-30T16:00:00+00:00', 'contact')

Nothing here reads a file or a clock. The commands are `healthpass color` and `healthpass bulk color`.
"""

from healthpass.codec._source_json import SourceError
from healthpass.coloring._cases import Case, read_cases
from healthpass.coloring._changes import unnoticed
from healthpass.coloring._color import Coloring, RuleState, State, Why, color_of, explain
from healthpass.coloring._effect import STRICTEST
from healthpass.coloring._events import Event, read_history
from healthpass.coloring._notation import read_events
from healthpass.coloring._rules import Ends, Ground, Lacking, Levels, Negatives, Rule, Wording
from healthpass.coloring._table import ColorRules
from healthpass.words._code_points import Color, LabResult, Reason
from healthpass.words._events import EventKind, EventName

__all__ = [
    "STRICTEST",
    "Case",
    "Color",
    "ColorRules",
    "Coloring",
    "Ends",
    "Event",
    "EventKind",
    "EventName",
    "Ground",
    "LabResult",
    "Lacking",
    "Levels",
    "Negatives",
    "Reason",
    "Rule",
    "RuleState",
    "SourceError",
    "State",
    "Why",
    "Wording",
    "color_of",
    "explain",
    "read_cases",
    "read_events",
    "read_history",
    "unnoticed",
]

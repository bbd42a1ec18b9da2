"""The colour rules of an office, as a table and as a file (spec/coloring.md, section 2)."""

import json
from typing import Annotated, Any, Final, Self

from pydantic import Field, ValidationError, model_validator

from healthpass.codec._source_json import MAX_PROBLEMS, Place, SourceError, parse_json, path_of
from healthpass.coloring._effect import check_table
from healthpass.coloring._rules import Rule, Wording, so_many
from healthpass.credential._in_json import ARRAY
from healthpass.credential._model import Model
from healthpass.credential._problems import problems_of

MAX_FILE: Final = 262_144  # bytes; CLR-1
MAX_RULES: Final = 64  # CLR-2
DEEPEST: Final = 10  # members, one within the other: rules, a rule, ends, all, one of them, and so on


class ColorRules(Model):
    """The colour rules of an office, the strictest first; the last one is green.

    `read` makes them of a rule file, and `write` writes one.

    Attributes:
        names: what they are called.
        zone: minutes by which civil days are east of UTC, -720 to 840; 480 for China.
        rules: 1 to 64 rules.

    Raises:
        pydantic.ValidationError: a `ValueError`, when they break a rule of spec/coloring.md, section 2.
    """

    names: Wording
    zone: Annotated[int, Field(ge=-720, le=840)]
    rules: Annotated[tuple[Rule, ...], so_many(1, MAX_RULES), ARRAY]

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_table(self.rules)
        return self

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a rule file.

        Args:
            data: JSON in UTF-8, at most 262,144 bytes.

        Raises:
            SourceError: with a line for each fault: where, and what was expected.
        """
        found = parse_json(data, MAX_FILE)
        if faults := _strangers(found):
            raise SourceError(*faults)
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            raise SourceError(*problems_of(error)) from None

    def write(self) -> bytes:
        """Write the rule file: fixed order of members, two spaces, UTF-8."""
        record = self.model_dump(mode="json", exclude_defaults=True)
        return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()


def _strangers(found: Any) -> list[str]:
    """Find what is in no rule file: null, for what is absent is left out; and what is nested too deeply."""
    faults: list[str] = []
    waiting: list[tuple[Place, Any]] = [((), found)]
    while waiting and len(faults) < MAX_PROBLEMS:
        place, value = waiting.pop()
        if value is None:
            faults.append(f"{path_of(place)}: found null; leave out what is absent")
        elif len(place) > DEEPEST:
            faults.append(f"{path_of(place[:3])}: arrays and objects are nested too deeply")
        elif isinstance(value, dict):
            waiting += [((*place, name), one) for name, one in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, at), one) for at, one in enumerate(value)]
    return faults

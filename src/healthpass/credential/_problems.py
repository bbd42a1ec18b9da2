"""What is wrong with the JSON of a health code, in words that repeat nothing of it."""

from typing import Final

from pydantic import ValidationError

from healthpass.credential._evidence import KINDS


def problems_of(error: ValidationError) -> list[str]:
    """Say what is wrong with the JSON of a health code, a line for each problem.

    >>> from pydantic import ValidationError
    >>> from healthpass import HealthCode
    >>> try:
    ...     HealthCode.model_validate({"color": "grey", "evidence": [{"type": "recovery"}]})
    ... except ValidationError as error:
    ...     problems_of(error)
    ['color: expected one of green, yellow, red', 'evidence[0].day: it is missing']

    Args:
        error: what `HealthCode`, `HealthCode.model_validate` or `HealthCode.model_validate_json` has raised.

    Returns:
        Lines with the path of the member and what is expected there. None repeats a value, as the error's own
        `errors()` does.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [
        _path(problem["loc"]) + _WORDS.get(problem["type"], _own_words(problem["msg"]))
        for problem in found[:_MOST]
    ]
    return lines + ["there are more"] * (len(found) > _MOST)


def _own_words(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _path(parts: tuple[int | str, ...]) -> str:
    named = (f"[{part}]" if isinstance(part, int) else f".{part[:40]}" for part in parts if part not in _READERS)
    path = "".join(named).removeprefix(".")
    return f"{path}: " if path else ""


_MOST: Final = 20  # problems that are told
_READERS: Final = frozenset((*KINDS, "another"))  # which model has read an entry of evidence
_WORDS: Final = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such member",
    "string_type": "expected a string",
    "int_type": "expected an integer",
    "tuple_type": "expected an array",
    "model_type": "expected an object",
}

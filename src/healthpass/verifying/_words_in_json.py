"""How words for people stand in JSON: an object of two strings."""

from typing import Annotated, Any, Final, TypeAlias

from healthpass.credential._in_json import InJson, instance_of
from healthpass.words._row import Words


def _read_words(value: Any) -> Any:
    if isinstance(value, Words):
        return value
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in Words._fields):
        raise ValueError("expected an object of two strings, en and zh")
    return Words(value["en"], value["zh"])


_WORDS: Final = {
    "type": "object",
    "properties": {"en": {"type": "string"}, "zh": {"type": "string"}},
    "required": ["en", "zh"],
}
WordsField: TypeAlias = Annotated[Words, InJson(_WORDS, _read_words, Words._asdict, instance_of(Words))]

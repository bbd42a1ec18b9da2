"""Texts in English and their Chinese: which template a text was made of, and the same values in the other."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple, Self

from healthpass.chinese._tables import rows_of, words_of_codes

_HOLE: Final = "{}"
_JOINT: Final = re.compile("[:;] ")
_LIST: Final = "; "  # between the messages of a list
_WORD: Final = re.compile("[a-z]{2}")
_MOST: Final = 40  # messages in a list
_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[\w'\"/\[-]", re.ASCII)
_PLACE: Final = re.compile(r"\{(\d{1,2})\}")
_LONGEST: Final = 8_000  # characters; nothing longer was written to be read
_DEEPEST: Final = 5  # messages within messages
# A value in quotes, as `repr` writes it. An apostrophe follows a letter, and begins none.
_QUOTED: Final = re.compile(r"""(?<![\w}\\])(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")""", re.DOTALL)


class _Template(NamedTuple):
    """A row with values.

    Attributes:
        literals: what stands before, between and after the values in English.
        masks: for each literal, which of its characters stand in quotes.
        zh: the Chinese, with `{1}` for the first value.
        keeps: whether all values stand there, in the same order.
        speaks: whether there are words beside the values.
        weight: the number of literal characters.
    """

    literals: list[str]
    masks: list[str]
    zh: str
    keeps: bool
    speaks: bool
    weight: int


class _Told(NamedTuple):
    """A text in Chinese.

    Attributes:
        zh: the text.
        is_some: whether some of it is Chinese.
        is_all: whether all of it is, but for names.
    """

    zh: str
    is_some: bool = True
    is_all: bool = True


class Phrasebook:
    """English texts and their Chinese.

    In an English template each value is `{}`. In the Chinese one it is `{1}`, `{2}` and so on, in any order.

    >>> book = Phrasebook([("{} has no row {}", "{1} 没有第 {2} 行"), ("no number", "没有数字")])
    >>> book.translate("list.csv has no row 7")
    'list.csv 没有第 7 行'

    A text is translated by the template with the most literal characters that it can have been made of, and its
    values in turn. One that would have "a: b" or "a; b" as a value comes after a list of messages, and after rows
    that join a name or a message to another one, as `{}: {}` does. Nobody who writes a value can make a text say
    in Chinese what it does not say in English:

    - what stands in quotes is a value: it is not translated, and no template finds its words in it;
    - where a text can be cut into values in two ways, no template is used that would change their order.

    Args:
        rows: the English and the Chinese of each; of two with the same English the first counts.
    """

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._texts: dict[str, str] = {}
        for en, zh in rows:
            self._texts.setdefault(en, zh)
        templates = [_template(en, zh) for en, zh in self._texts.items() if _HOLE in en]
        self._templates = sorted(templates, key=lambda one: -one.weight)
        # By the first and the last character, if no value stands there: most templates are never tried.
        self._by_ends: dict[tuple[str, str], list[tuple[int, _Template]]] = {}
        for place, one in enumerate(self._templates):
            self._by_ends.setdefault((one.literals[0][:1], one.literals[-1][-1:]), []).append((place, one))

    @classmethod
    def read(cls, *tables: str) -> Self:
        """Return what tables of this package say, and the words of the codes.

        Args:
            tables: the names of their files, without `.csv`.
        """
        return cls(chain(*map(rows_of, tables), words_of_codes()))

    def fill(self, en: str, *values: str) -> str:
        """Return a text of the table in Chinese, with values; in English where it has no row.

        >>> Phrasebook([("{} of {} keys", "{2} 把密钥中的 {1} 把")]).fill("{} of {} keys", "2", "3")
        '3 把密钥中的 2 把'

        Args:
            en: the text, with `{}` for each value.
            values: the values, which are not translated.
        """
        zh = self._texts.get(en)
        return en.format(*values) if zh is None else _filled(zh, values)

    def translate(self, text: str) -> str:
        """Return a text in Chinese, as far as there is Chinese for it; all else of it stays as it is."""
        return text if len(text) > _LONGEST else self._told(text, _DEEPEST, {}).zh

    def _told(self, text: str, depth: int, known: dict[tuple[str, int], _Told]) -> _Told:
        if (text, depth) not in known:
            known[text, depth] = next(self._ways(text, depth, known))
        return known[text, depth]

    def _ways(self, text: str, depth: int, known: dict[tuple[str, int], _Told]) -> Iterator[_Told]:
        """Yield what a text may be in Chinese; the first counts."""
        if (whole := self._texts.get(text)) is not None and _HOLE not in text:
            yield _Told(whole)
        asis = _Told(text, is_some=False, is_all=_is_names(text))
        if not depth or not text or _QUOTED.fullmatch(text):
            yield asis

        def told(values: list[str]) -> list[_Told]:
            return [self._told(value, depth - 1, known) for value in values]

        mask = _mask(text)
        matches = [(one, values) for one in self._near(text) if (values := _values(one, text, mask)) is not None]
        speaking = [(one.zh, values) for one, values in matches if one.speaks]
        yield from (_spoken(zh, told(values)) for zh, values in speaking if not any(map(_is_joined, values)))
        if 1 < len(parts := _cut(text, mask)) <= _MOST and all(one.is_some and one.is_all for one in told(parts)):
            yield _Told("；".join(one.zh for one in told(parts)))
        joined = [_joined(one.zh, told(values)) for one, values in matches if not one.speaks]
        yield from (one for one in joined if one.is_some and one.is_all)
        yield from (_spoken(zh, told(values)) for zh, values in speaking)
        yield from (one for one in joined if one.is_some)
        yield asis

    def _near(self, text: str) -> list[_Template]:
        """Return the templates that begin and end as a text does, in their order."""
        ends = {(first, last) for first in ("", text[:1]) for last in ("", text[-1:])}
        return [one for _, one in sorted(chain(*(self._by_ends.get(each, ()) for each in ends)))]


def _is_joined(value: str) -> bool:
    """Tell whether a value looks like several messages."""
    return _JOINT.search(_QUOTED.sub("", value)) is not None


def _is_names(value: str) -> bool:
    """Tell whether a value is no words but names, which have no blank or no small letters."""
    return not any(" " in part and _WORD.search(part) for part in _QUOTED.sub("", value).split(", "))


def _cut(text: str, mask: str) -> list[str]:
    """Cut a list of messages."""
    ends = [one.start() for one in re.finditer(_LIST, text) if mask[one.start()] == "."]
    starts = [0, *(end + len(_LIST) for end in ends)]
    return [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True)]


def _spoken(zh: str, values: list[_Told]) -> _Told:
    """Fill a row that has words of its own."""
    return _Told(_filled(zh, [value.zh for value in values]), is_all=all(value.is_all for value in values))


def _joined(zh: str, values: list[_Told]) -> _Told:
    """Fill a row that only joins its values."""
    is_some, is_all = any(value.is_some for value in values), all(value.is_all for value in values)
    return _Told(_filled(zh, [value.zh for value in values]), is_some, is_all)


def _filled(zh: str, values: Sequence[str]) -> str:
    """Put values into a Chinese text, with a blank between Chinese and Latin, and none within Chinese."""
    text, *parts = _PLACE.split(zh)
    for place, literal in zip(parts[::2], parts[1::2], strict=True):
        text = _beside(_beside(text, values[int(place) - 1]), literal)
    return text


def _beside(left: str, right: str) -> str:
    """Write a part of a text after another."""
    if left.endswith(" ") and _HAN.fullmatch(left[-2:-1]) and _HAN.match(right):
        return left[:-1] + right
    if right.startswith(" ") and _HAN.fullmatch(left[-1:]) and _HAN.match(right, 1):
        return left + right[1:]
    pair = left[-1:], right[:1]
    is_mixed = any(_HAN.fullmatch(one) and _LATIN.fullmatch(other) for one, other in (pair, pair[::-1]))
    return f"{left} {right}" if is_mixed else left + right


def _template(en: str, zh: str) -> _Template:
    literals = en.split(_HOLE)
    mask, masks, start = _mask(en), [], 0
    for literal in literals:
        masks.append(mask[start : start + len(literal)])
        start += len(literal) + len(_HOLE)
    places = [int(place) for place in _PLACE.findall(zh)]
    if not {*places} <= {*range(1, len(literals))}:
        raise ValueError(f"{zh!r} has a place for a value that {en!r} does not have")
    words = "".join(literals)
    keeps = places == [*range(1, len(literals))]
    return _Template(literals, masks, zh, keeps, any(map(str.isalpha, words)), len(words))


def _mask(text: str) -> str:
    """Write a `q` for each character of a text that stands in quotes, and a dot for each other."""
    mask, end = [], 0
    for quoted in _QUOTED.finditer(text):
        mask += ["." * (quoted.start() - end), "q" * len(quoted[0])]
        end = quoted.end()
    return "".join((*mask, "." * (len(text) - end)))


def _values(template: _Template, text: str, mask: str) -> list[str] | None:
    """Cut a text into the values of a template; `None` if it was not made of it, or the values are in doubt."""
    literals, masks = template.literals, template.masks
    first, last = literals[0], literals[-1]
    start, end = len(first), len(text) - len(last)
    if start > end or not text.startswith(first) or not text.endswith(last):
        return None
    if mask[:start] != masks[0] or mask[end:] != masks[-1]:
        return None
    cuts = [start]
    for literal, quoted in zip(literals[1:-1], masks[1:-1], strict=True):
        found = text.find(literal, cuts[-1], end)
        while found >= 0 and mask[found : found + len(literal)] != quoted:
            found = text.find(literal, found + 1, end)
        if found < 0:
            return None
        cuts += [found, found + len(literal)]
    cuts.append(end)
    if not template.keeps and not _is_the_only_cut(template, text, mask, cuts):
        return None
    return [text[cuts[at] : cuts[at + 1]] for at in range(0, len(cuts), 2)]


def _is_the_only_cut(template: _Template, text: str, mask: str, cuts: list[int]) -> bool:
    """Tell whether the literals stand at the same places when they are looked for from the right."""
    end = cuts[-1]
    for at in range(len(template.literals) - 2, 0, -1):
        literal, quoted, left = template.literals[at], template.masks[at], cuts[2 * at - 1]
        found = text.rfind(literal, left, end)
        while found > left and mask[found : found + len(literal)] != quoted:
            found = text.rfind(literal, left, found + len(literal) - 1)
        if found != left:
            return False
        end = found
    return True

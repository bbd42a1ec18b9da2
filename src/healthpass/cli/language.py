"""The language in which the command line speaks: English or Chinese, one at a time.

The code is in English. The tables of `healthpass.chinese` have the Chinese, and are read when it is spoken.
Lines of our own are said by their template and its values, so that no value is ever taken for words of ours.
"""

import os
from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from healthpass import Words
from healthpass.cli.errors import CommandError

if TYPE_CHECKING:
    from healthpass.chinese import Phrasebook

Language: TypeAlias = Literal["en", "zh"]

OPTION: Final = "--lang"
_VARIABLE: Final = "HEALTHPASS_LANG"
_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_LANGUAGES: Final = ("en", "zh")
_LONG: Final = 10_000  # from here on digits are grouped in Chinese
_spoken: Final = SimpleNamespace(language="en")


def choose(arguments: Sequence[str]) -> list[str]:
    """Choose the language of this run: that of `--lang`, of HEALTHPASS_LANG, or of the locale.

    Args:
        arguments: those of the command line.

    Returns:
        The others. What follows `--` is nobody's option.

    Raises:
        CommandError: when there is no such language; it is told in the one that the environment names.
    """
    wanted = os.environ.get(_VARIABLE) or None
    speak(cast("Language", wanted) if wanted in _LANGUAGES else _of_locale())
    left: list[str] = []
    where, waiting = _VARIABLE, iter(arguments)
    for argument in waiting:
        if argument == "--":
            left += [argument, *waiting]
        elif argument == OPTION:
            where, wanted = OPTION, next(waiting, "")
        elif argument.startswith(f"{OPTION}="):
            where, wanted = OPTION, argument.removeprefix(f"{OPTION}=")
        else:
            left.append(argument)
    if wanted is not None:
        if wanted not in _LANGUAGES:
            raise CommandError(f"{where} {wanted!r}: expected en or zh", hint="healthpass --help")
        speak(cast("Language", wanted))
    return left


def speak(language: Language) -> None:
    """Speak a language from now on; a process that helps another speaks as that does."""
    _spoken.language = language


def spoken() -> Language:
    """Return the language that is spoken."""
    return cast("Language", _spoken.language)


def is_chinese() -> bool:
    """Tell whether Chinese is spoken."""
    return spoken() == "zh"


def say(en: str, *values: object) -> str:
    """Say a line of ours, or a part of one.

    Args:
        en: the line in English, with `{}` for each value. It has a row in `output.csv`.
        values: the values; a whole number is a count.
    """
    told = [_number(value) if type(value) is int else str(value) for value in values]
    return _read("output").fill(en, *told) if is_chinese() else en.format(*told)


def said(words: Words) -> str:
    """Say words that stand in both languages."""
    return words.zh if is_chinese() else words.en


def message(text: str) -> str:
    """Say an error or a hint: what the library, typer or a command has written in English."""
    return _read("cli", "errors").translate(text) if is_chinese() else text


def help_text(en: str) -> str:
    """Say a paragraph of the help."""
    return _read("help").translate(en) if is_chinese() else en


def _of_locale() -> Language:
    locale = next(filter(None, map(os.environ.get, _LOCALE)), "")
    return "zh" if locale.startswith("zh") else "en"


def _number(value: int) -> str:
    return str(value) if is_chinese() and abs(value) < _LONG else f"{value:,}"


@cache
def _read(*tables: str) -> "Phrasebook":
    from healthpass.chinese import Phrasebook  # noqa: PLC0415 - who speaks English loads no tables

    return Phrasebook.read(*tables)

"""Options that say what a key is for, from when until when, and for how much."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from healthpass import Color, PublicKey, Scope, read_duration, read_time
from healthpass.authority import KeyEndReason, KeyUse, Names, RegistryDocument, find_keys
from healthpass.cli.errors import CommandError
from healthpass.cli.io.arguments import read_at, read_public_key
from healthpass.codec._time import now, whole
from healthpass.documents._document import Kind
from healthpass.documents._fields import check_name

Colors: TypeAlias = Annotated[
    str | None, typer.Option("--colors", metavar="COLORS", help="Which colours, such as green,yellow,red.")
]
MaxLifetime: TypeAlias = Annotated[
    str | None, typer.Option("--max-lifetime", metavar="DURATION", help="How long a code may live, such as 24h.")
]
MaxBearerLifetime: TypeAlias = Annotated[
    str | None,
    typer.Option("--max-bearer-lifetime", metavar="DURATION", help="The same for codes without a device key."),
]
MaxWithoutStatus: TypeAlias = Annotated[
    str | None,
    typer.Option("--max-lifetime-without-status", metavar="DURATION", help="The same for codes without a status."),
]
From: TypeAlias = Annotated[
    str, typer.Option("--from", metavar="RFC3339", help="From when on.", show_default=False)
]
Until: TypeAlias = Annotated[
    str, typer.Option("--until", metavar="RFC3339", help="Until when.", show_default=False)
]
At: TypeAlias = Annotated[
    str | None, typer.Option("--at", metavar="RFC3339", help="The time to write, if it is not now.")
]
JudgedAt: TypeAlias = Annotated[
    str | None, typer.Option("--at", metavar="RFC3339", help="Judge as of this time, not now.")
]
Reason: TypeAlias = Annotated[
    str,
    typer.Option("--reason", metavar="REASON", help=f"Why: {', '.join(why.label for why in KeyEndReason)}."),
]
Thumbprint: TypeAlias = Annotated[
    str | None,
    typer.Option("--thumbprint", metavar="HEX", help="The thumbprint, 32 digits or more, as heard by telephone."),
]

_KID: Final = re.compile(r"[0-9a-fA-F]{16}")
_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_NONE: Final = timedelta(0)


def read_scope(
    colors: str | None,
    max_lifetime: str | None,
    max_bearer_lifetime: str | None,
    max_lifetime_without_status: str | None,
    *,
    instead_of: Scope | None = None,
) -> Scope:
    """Read a scope; what is left out allows nothing, or what `instead_of` allows.

    Raises:
        CommandError: when an option is none of its form.
    """
    base = instead_of or Scope()
    lives = {
        "max_lifetime": max_lifetime,
        "max_bearer_lifetime": max_bearer_lifetime,
        "max_lifetime_without_status": max_lifetime_without_status,
    }
    try:
        return Scope(
            colors=base.colors if colors is None else _colors(colors),
            **{name: _life(name.replace("_", "-"), text, getattr(base, name)) for name, text in lives.items()},
        )
    except ValueError as error:
        raise CommandError(str(error)) from error


def clock(at: str | None) -> datetime:
    """Read `--at`; now, if it is left out.

    Raises:
        CommandError: when it is not a time with its zone.
    """
    return whole(read_at(at) or now())


def read_moment(option: str, text: str) -> datetime:
    """Read a time.

    Raises:
        CommandError: when it is none with its zone.
    """
    try:
        return whole(read_time(text))
    except ValueError as error:
        raise CommandError(f"--{option} {text!r}: {error}") from error


def read_span(valid_from: str, valid_until: str) -> tuple[datetime, datetime]:
    """Read `--from` and `--until`.

    Raises:
        CommandError: when one is no time with its zone, or the end does not come after the beginning.
    """
    span = read_moment("from", valid_from), read_moment("until", valid_until)
    if span[0] >= span[1]:
        raise CommandError("--until must come after --from")
    return span


def read_life(option: str, text: str, kind: Kind | None = None) -> timedelta:
    """Read a duration.

    Args:
        option: the name of the option.
        text: what it was given.
        kind: the kind of document that shall be in force for so long.

    Raises:
        CommandError: when it is none, or longer than such a document may be in force.
    """
    try:
        duration = read_duration(text)
    except ValueError as error:
        raise CommandError(f"--{option} {text!r}: {error}") from error
    if kind and duration > kind.max_life:
        what = kind.removeprefix("healthpass-").replace("-", " ")
        raise CommandError(f"--{option} {text!r}: a {what} is in force for {kind.max_life.days}d at most")
    return duration


def read_text(option: str, text: str, check: Callable[[str], str]) -> str:
    """Read a name or an address.

    Args:
        option: the name of the option.
        text: what it was given.
        check: what refuses it, by a ValueError.

    Raises:
        CommandError: when it is refused.
    """
    try:
        return check(text)
    except ValueError as error:
        raise CommandError(f"--{option} {text!r}: {error}") from error


def read_names(zh: str, en: str) -> Names:
    """Read `--name-zh` and `--name-en`.

    Raises:
        CommandError: when one is no name.
    """
    return Names(read_text("name-zh", zh, check_name), read_text("name-en", en, check_name))


def read_use(text: str) -> int:
    """Read what a key is for: a name, or the number of a use that has none here.

    Raises:
        CommandError: when it is neither.
    """
    return _code("use", text, KeyUse)


def read_reason(text: str) -> int:
    """Read why a key has ended: a name, or the number of a reason that has none here.

    Raises:
        CommandError: when it is neither.
    """
    return _code("reason", text, KeyEndReason)


def read_keys(paths: Iterable[Path] | None) -> tuple[PublicKey, ...]:
    """Read the PEM files of public keys.

    Raises:
        CommandError: when one cannot be read, or is none.
    """
    return tuple(sorted(map(read_public_key, paths or ()), key=PublicKey.to_bytes))


def find_listed(registry: RegistryDocument, which: str) -> bytes:
    """Find the key of a registry that `KID|PUB.pem` means; return its 32 bytes.

    Raises:
        CommandError: when there is none, or two have this kid.
    """
    if _KEY.fullmatch(which):
        return bytes.fromhex(which)
    if not _KID.fullmatch(which):
        return read_public_key(Path(which)).to_bytes()
    found = find_keys(registry, bytes.fromhex(which))
    if not found:
        raise CommandError(f"no key {which.lower()} is listed", hint="healthpass registry show tells which are")
    if len(found) > 1:
        raise CommandError(f"{len(found)} keys have the kid {which.lower()}", hint="give the key itself, PUB.pem")
    return found[0][1].raw


def find_of_root(keys: Iterable[PublicKey], which: Iterable[str] | None) -> tuple[PublicKey, ...]:
    """Find the keys of a root that `KID|PUB.pem` means.

    Raises:
        CommandError: when there is none with this kid, or the file cannot be read.
    """
    by_kid = {key.kid.hex(): key for key in keys}
    found = []
    for name in which or ():
        if not _KID.fullmatch(name):
            found.append(read_public_key(Path(name)))
        elif name.lower() in by_kid:
            found.append(by_kid[name.lower()])
        else:
            raise CommandError(f"no key {name.lower()} is among {', '.join(by_kid)}")
    return tuple(found)


def _colors(text: str) -> frozenset[Color]:
    known = {color.label: color for color in Color}
    names = text.split(",")
    for name in names:
        if name not in known:
            raise CommandError(f"--colors {text!r}: expected some of {','.join(known)}, with commas between")
    return frozenset(known[name] for name in names)


def _life(option: str, text: str | None, otherwise: timedelta) -> timedelta:
    if text is None:
        return otherwise
    if text == "0":
        return _NONE
    try:
        return read_duration(text)
    except ValueError as error:
        raise CommandError(f"--{option} {text!r}: {error}, or 0 for none") from error


def _code(option: str, text: str, codes: type[KeyUse | KeyEndReason]) -> int:
    names = {code.label: code for code in codes}
    if text in names:
        return names[text]
    if _NUMBER.fullmatch(text) and int(text) not in names.values():
        return int(text)
    raise CommandError(f"--{option} {text!r}: expected one of {', '.join(names)}")

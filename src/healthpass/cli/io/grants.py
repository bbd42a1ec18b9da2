"""The options of those who run an authority, in one table, and what reads them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import typer

from healthpass import Color, PublicKey, Scope, read_duration, read_time
from healthpass.authority import (
    KeyEndReason,
    KeyUse,
    Kind,
    RegistryDocument,
    check_address,
    check_name,
    find_keys,
)
from healthpass.cli.errors import CommandError, refusing
from healthpass.cli.io.arguments import given, read_environment, read_life, read_public_key

_Code = TypeVar("_Code", KeyUse, KeyEndReason)

_KID: Final = re.compile(r"[0-9a-fA-F]{16}")
_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


def read_colors(text: str) -> frozenset[Color]:
    """Read colours, with commas between.

    Raises:
        ValueError: when one is none.
    """
    known = {color.label: color for color in Color}
    names = text.split(",")
    if not set(names) <= set(known):
        raise ValueError(f"expected some of {','.join(known)}, with commas between")
    return frozenset(known[name] for name in names)


def reader_of(codes: type[_Code]) -> Callable[[str], _Code | int]:
    """Return what reads a code by its name, or one that has none here by its number."""
    names = {code.label: code for code in codes}

    def read(text: str) -> _Code | int:
        if text in names:
            return names[text]
        if _NUMBER.fullmatch(text) and int(text) not in names.values():
            return int(text)
        raise ValueError(f"expected one of {', '.join(names)}")

    return read


def term(kind: Kind, said: str) -> Any:
    """Return the option that says how long a document of a kind shall be in force."""

    def read(text: str) -> timedelta:
        if (duration := read_duration(text)) > kind.max_life:
            raise ValueError(f"a {kind.label} is in force for {kind.max_life.days}d at most")
        return duration

    return given("--valid-for", "DURATION", read, said)


def key_file(said: str) -> Any:
    """Return an option that is the file of a public key."""
    return typer.Option(metavar="PUB.pem", parser=read_public_key, help=said)


read_reason: Final = reader_of(KeyEndReason)
REASONS: Final = ", ".join(reason.label for reason in KeyEndReason)

MadeAt: TypeAlias = Annotated[
    datetime | None, given("--at", "RFC3339", read_time, "The time to write, if it is not now.")
]
From: TypeAlias = Annotated[datetime, given("--from", "RFC3339", read_time, "From when on.")]
Until: TypeAlias = Annotated[datetime, given("--until", "RFC3339", read_time, "Until when.")]
Environment: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", parser=read_environment, help="Where it counts.")
]
Use: TypeAlias = Annotated[int, given("--use", "USE", reader_of(KeyUse), "credential, status or policy.")]
Colors: TypeAlias = Annotated[
    frozenset[Color] | None,
    given("--colors", "COLORS", read_colors, "Which colours, such as green,yellow,red."),
]
MaxLifetime: TypeAlias = Annotated[
    timedelta | None, given("--max-lifetime", "DURATION", read_life, "How long a code may live, such as 24h.")
]
MaxBearerLifetime: TypeAlias = Annotated[
    timedelta | None,
    given("--max-bearer-lifetime", "DURATION", read_life, "The same for codes without a device key."),
]
MaxWithoutStatus: TypeAlias = Annotated[
    timedelta | None,
    given("--max-lifetime-without-status", "DURATION", read_life, "The same for codes without a status."),
]
NameZh: TypeAlias = Annotated[str, given("--name-zh", "NAME", check_name, "Its name in Chinese.")]
NameEn: TypeAlias = Annotated[str, given("--name-en", "NAME", check_name, "Its name in English.")]
NewNameZh: TypeAlias = Annotated[
    str | None, given("--name-zh", "NAME", check_name, "For a new issuer: in Chinese.")
]
NewNameEn: TypeAlias = Annotated[
    str | None, given("--name-en", "NAME", check_name, "For a new issuer: in English.")
]
NewAppeal: TypeAlias = Annotated[
    str | None,
    given("--appeal", "ADDRESS", check_address, "For a new issuer: where holders object, https: or tel:."),
]
Force: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--force", metavar="CODE", help="A finding of `check` that is meant so. Repeatable."),
]
Thumbprint: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="HEX", help="The thumbprint, 32 digits or more, as heard by telephone."),
]


def scope_of(*lives: frozenset[Color] | timedelta | None, instead_of: Scope | None = None) -> Scope:
    """Return the scope of the four options; what is left out allows nothing, or what `instead_of` allows.

    Raises:
        CommandError: when a lifetime is beyond what can be said.
    """
    names = ("colors", "max_lifetime", "max_bearer_lifetime", "max_lifetime_without_status")
    chosen: dict[str, Any] = {name: life for name, life in zip(names, lives, strict=True) if life is not None}
    with refusing():
        return replace(instead_of or Scope(), **chosen)


def check_span(valid_from: datetime, valid_until: datetime) -> None:
    """Check `--from` and `--until`.

    Raises:
        CommandError: when the end does not come after the beginning.
    """
    if valid_from >= valid_until:
        raise CommandError("--until must come after --from")


def find_listed(registry: RegistryDocument, which: str) -> bytes:
    """Find the key of a registry that `KID|PUB.pem` means; return its 32 bytes.

    Raises:
        CommandError: when there is none, or two have this kid.
    """
    if _KEY.fullmatch(which):
        return bytes.fromhex(which)
    if not _KID.fullmatch(which):
        return read_public_key(which).to_bytes()
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
            found.append(read_public_key(name))
        elif name.lower() in by_kid:
            found.append(by_kid[name.lower()])
        else:
            raise CommandError(f"no key {name.lower()} is among {', '.join(by_kid)}")
    return tuple(found)

"""What a case is made of: the keys and times of the vectors, claims to start from, and the builder of cases."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from encode import Key, Raw, Sealed, seal
from showing import Shown, show

Json: TypeAlias = dict[str, Any]
Keys: TypeAlias = Sequence[tuple[str, Key]]

ISSUER: Final = "CN-33-01.WJW"
KEY: Final = Key("healthpass test key CN-33-01.WJW 1")
SECOND_KEY: Final = Key("healthpass test key CN-33-01.WJW 2")
OTHER_KEY: Final = Key("healthpass test key CN-31.WJW 1")
UNLISTED_KEY: Final = Key("healthpass test key that nobody lists")
DEVICE: Final = Key("healthpass test device")
EXAMPLE: Final = Key("healthpass example issuer")
EXAMPLE_DEVICE: Final = Key("healthpass example holder")
NAMED_KEYS: Final = (KEY, SECOND_KEY, OTHER_KEY, UNLISTED_KEY, DEVICE, EXAMPLE, EXAMPLE_DEVICE)

IAT: Final = 1793491200  # 2026-11-01T00:00:00Z
EXP: Final = 1793577600  # one day later
AT: Final = 1793520000  # 2026-11-01T08:00:00Z
CTI: Final = hashlib.sha256(b"healthpass test cti").digest()[:12]
HEALTH: Final = -65537  # the keys of claims that decide what a pinned registry says
CNF: Final = 8
STATUS_KEY: Final = 7
MAX_TIME: Final = 253_370_764_799
MAX_DAY: Final = 2_932_531
MAX_INT: Final = 2**53 - 1

GREEN: Final[Mapping[int, Any]] = {1: 0, 2: "张*丰"}
YELLOW: Final[Mapping[int, Any]] = {1: 1, 2: "张*丰", 4: 2}
STATUS: Final = [3, 70000]
NONCE: Final = bytes(range(0xC0, 0xD0))
OPENING: Final = bytes(range(16, 32))


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the specification's tables."""
    path = Path(__file__).parent.parent / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def forbidden() -> list[dict[str, str]]:
    """Return the ranges of forbidden-code-points.csv; where only the hints of neighbours differ, they are one."""
    ranges: list[dict[str, str]] = []
    for row in table("forbidden-code-points"):
        before = ranges[-1] if ranges else {}
        if (before.get("refused_by"), before.get("kind")) == (row["refused_by"], row["kind"]) and int(
            before["last"], 16
        ) + 1 == int(row["first"], 16):
            before["last"] = row["last"]
        else:
            ranges.append(row)
    return ranges


def cnf(x: bytes = DEVICE.public) -> dict[int, Any]:
    """Return the cnf claim of a device key."""
    return {1: {1: 1, -1: 6, -2: x}}


def claims(
    changes: Mapping[Any, Any] | None = None, *, health: Any = GREEN, drop: Sequence[int] = ()
) -> dict[Any, Any]:
    """Return the claims of the vectors: those of a plain green code, with changes.

    Args:
        changes: Claims to set.
        health: The health code.
        drop: Claims to leave out.

    Returns:
        The claims, by their keys.
    """
    health = dict(health) if isinstance(health, Mapping) else health
    full = {1: ISSUER, 4: EXP, 5: IAT, 7: CTI, HEALTH: health} | dict(changes or {})
    return {key: value for key, value in full.items() if key not in drop}


def green(changes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the claims of a green code with changes to its health code."""
    return claims(health={**GREEN, **changes})


def yellow(changes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the claims of a yellow code with changes to its health code."""
    return claims(health={**YELLOW, **changes})


def bound(changes: Mapping[Any, Any] | None = None, *, health: Any = GREEN) -> dict[Any, Any]:
    """Return the claims of a code that is bound to the device of the vectors, with changes."""
    return claims({CNF: cnf(), **(changes or {})}, health=health)


BOUND: Final = seal(bound(), KEY)


def present(
    showing: Mapping[Any, Any] | bytes | None = None,
    *,
    credential: Sealed | bytes = BOUND,
    key: Key = DEVICE,
    **knobs: Any,
) -> Shown:
    """Show a credential at AT, with the knobs of `show`."""
    cose = credential if isinstance(credential, bytes) else credential.cose
    return show(cose, {6: AT} if showing is None else showing, key, **knobs)


def swap(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace bytes that occur exactly once."""
    if data.count(old) != 1:
        raise ValueError(f"{old.hex()} occurs {data.count(old)} times")
    return data.replace(old, new)


def in_json(value: Any) -> Any:
    """Return a CBOR value as the vectors write it: byte strings as {"hex": ...}, keys in decimal."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, Mapping):
        return {str(key): in_json(item) for key, item in value.items()}
    return [in_json(item) for item in value] if isinstance(value, list) else value


def describe(given: Mapping[int, Any]) -> Json:
    """Return claims as the vectors write them."""
    names = {1: "color", 2: "holder", 3: "binding", 4: "reason", 5: "until", 6: "evidence", 7: "status"}
    names |= {8: "residence", 9: "origin"}
    code = given[HEALTH]
    health = {name: in_json(code[key]) for key, name in names.items() if key in code}
    if "binding" in health:
        health["binding"] = code[3].hex()
    extensions = {str(key): in_json(code[key]) for key in code if key not in names}
    if extensions:
        health["extensions"] = extensions
    result = {"iss": given[1], "exp": given[4], "nbf": given[5], "cti": given[7].hex()}
    if CNF in given:
        result["cnf"] = given[CNF][1][-2].hex()
    return {**result, "health": health}


def describe_showing(showing: Mapping[int, Any]) -> Json:
    """Return the claims of a showing as the vectors write them."""
    names = {10: "nonce", -65538: "opening"}
    return {"at": showing[6], **{name: showing[key].hex() for key, name in names.items() if key in showing}}


@dataclass
class Topic:
    """The cases of one file.

    Attributes:
        name: The topic, as the file is called; `credential-` before it goes without saying.
        cases: The cases, in the order in which they were added.
    """

    name: str
    cases: list[Json] = field(default_factory=list)

    @property
    def file(self) -> str:
        """Return the name of the file."""
        others = ("coloring-", "presentation-", "registry-", "status-", "decision-", "policy-", "conversion-")
        named = self.name.startswith(others)
        return f"{'' if named else 'credential-'}{self.name}.json"

    def add(
        self, op: str, identifier: str, clause: str, attack: Sequence[int], comment: str, **members: Any
    ) -> None:
        """Add a case of any operation."""
        start = {"id": identifier, "op": op, "clause": clause.split(), "attack": list(attack), "comment": comment}
        self.cases.append(start | members)

    def bad(
        self,
        identifier: str,
        verdict: str,
        clause: str,
        comment: str,
        what: Mapping[Any, Any] | bytes | Raw | Sealed | Shown | str,
        *,
        attack: Sequence[int] = (),
        at: int = AT,
        keys: Keys = ((ISSUER, KEY),),
        **options: Any,
    ) -> None:
        """Add a case that a verifier refuses.

        Args:
            identifier: The stable name of the case.
            verdict: The verdict.
            clause: The rules that it breaks, with spaces between.
            comment: What is wrong, and why it matters.
            what: The text; or what it is made of: a credential, a presentation, payload bytes, claims.
            attack: Rows of the list of attacks.
            at: The time of judging.
            keys: The pinned registry.
            **options: `skew`, `waive`, `nonce`, `seen` and `scope`.
        """
        if isinstance(what, Raw | bytes | Mapping):
            what = seal(what.data if isinstance(what, Raw) else what, KEY)
        text = what if isinstance(what, str) else what.text
        members = self._inputs(at, keys, options)
        self.add("verify", identifier, clause, attack, comment, **members, text=text, expect=verdict)

    def good(
        self,
        identifier: str,
        clause: str,
        comment: str,
        given: Mapping[int, Any],
        *,
        attack: Sequence[int] = (),
        at: int = AT,
        signer: Key = KEY,
        keys: Keys | None = None,
        **options: Any,
    ) -> None:
        """Add a case that a verifier accepts; the arguments are those of `bad`, `signer` signs."""
        sealed = seal(given, signer)
        struck = [("status-unknown", STATUS_KEY in given[HEALTH]), ("presentation-required", CNF in given)]
        if "waive" in options:
            options["waived"] = [name for name, there in struck if there]
        waived = {"waived": options.pop("waived")} if "waived" in options else {}
        members = self._inputs(at, ((given[1], signer),) if keys is None else keys, options)
        result = {"expect": "valid", **waived, "claims": describe(given), "layers": sealed.layers()}
        self.add("verify", identifier, clause, attack, comment, **members, text=sealed.text, **result)

    def shown(
        self,
        identifier: str,
        clause: str,
        comment: str,
        showing: Mapping[int, Any],
        *,
        given: Mapping[int, Any] | None = None,
        attack: Sequence[int] = (),
        at: int = AT,
        signer: Key = KEY,
        device: Key = DEVICE,
        keys: Keys | None = None,
        **options: Any,
    ) -> None:
        """Add a presentation that a verifier accepts; the arguments are those of `good`, `device` shows."""
        given = bound() if given is None else given
        what = present(showing, credential=seal(given, signer), key=device)
        if "waive" in options:
            options["waived"] = ["status-unknown"] if STATUS_KEY in given[HEALTH] else []
        waived = {"waived": options.pop("waived")} if "waived" in options else {}
        members = self._inputs(at, ((given[1], signer),) if keys is None else keys, options)
        judged = {"claims": describe(given), "showing": describe_showing(showing), "layers": what.layers()}
        result = {"expect": "valid", **waived, **judged}
        self.add("verify", identifier, clause, attack, comment, **members, text=what.text, **result)

    @staticmethod
    def _inputs(at: int, keys: Keys, options: Mapping[str, Any]) -> Json:
        listed = [{"issuer": issuer, "public_key": key.public.hex()} for issuer, key in keys]
        return {"at": at, **options, "keys": listed}

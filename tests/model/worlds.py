"""Small worlds, read from `worlds.txt`: who publishes what, which key is stolen, and what must hold.

A world begins with `# ` and its name. Its documents come in every order, to a store with its `pins` (`z1` unless
given):

    honest   what authorities publish
    hostile  what a thief or a careless office has signed, and what a carrier makes
    moves    roots that are pinned on the way, in any order; in the end the last of each anchor in `pins` is
    times    of judging and updating, which pass in this order
    ends     what codes are worth in the end, at the last of the times, when all that is honest has come
    never    codes that are valid in no state
    lasting  codes that are never valid again once they have ended
    own      codes over which what is hostile has no power
    step     a time, documents or `pin` and a root, and verdicts; such steps come in this order
    breaks   the promise that the world breaks, and why that is so
    notices  rules without which another thing happens in it; each rule is noticed by some world

Zhejiang is `z` (CN-33), Hangzhou `h` (CN-33-01), Shanghai `s` (CN-31), Anhui `a` (CN-34), whom no anchor owns,
Jiangsu `j` (CN-32), China `n` (CN). Documents are written so, and what is not written is as usual:

    z2b/n*a@3%2%%2~-29d<100d!       root 2 of Zhejiang with root key b and registry key n (usually a and r), signed
                                    by a too, of epoch 3, with thresholds of 2, made 29 days before now, expiring
                                    in 100; `!` gives the greater hash of two roots
    z1abc=a                         a root that only a has signed; z1..64 are 64 roots
    Z.2/n@3~5d(z1-,zS<-70)>s1[0;9]  registry 2 of Zhejiang, signed by n, of epoch 3, made in 5 days; z1 is revoked,
                                    zS retired 70 seconds ago; it recognises Shanghai, from now on for 9 seconds
    zS#3~-90:7,8                    list 3, made 90 seconds ago, in which 7 and 8 are withdrawn, signed by zS
    z1#3.8~-9                       a code: its key, its place in the lists, its nbf

The first letter of a key is its office, unless one stands before it (`h:aS`); a capital signs lists; x, y and X
are a thief's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from model.trust_model import DAY, Code, Document, Key, Recognition, Registry, Root, StatusList

NOW: Final = 1_793_520_000  # 2026-11-01T08:00:00Z
AUTHORITIES: Final = {"z": "CN-33", "h": "CN-33-01", "s": "CN-31", "a": "CN-34", "n": "CN", "j": "CN-32"}
OFFICES: Final = {letter: f"{AUTHORITIES[letter]}.WJW" for letter in "zhsa"} | {"g": "CN.GJ", "y": "CN-33-02.WJW"}
_WHEN: Final = r"(-?\d+d?)"
_ROOT: Final = re.compile(
    rf"([a-z])(\d+)([a-z]*)(?:/(\w+))?(?:([*=])([a-z]+))?(?:@(\d+))?(?:%(\d))?(?:%%(\d))?(?:~{_WHEN})?(?:<{_WHEN})?(!?)"
)
_REGISTRY: Final = re.compile(rf"([A-Z])\.(\d+)(?:/(\w+))?(?:@(\d+))?(?:~{_WHEN})?\(([^)]*)\)(?:>(.*))?")
_KEY: Final = re.compile(rf"(?:([a-z]):)?(\w\w)(-?)(?:<{_WHEN})?")
_RECOGNITION: Final = re.compile(rf"([^\[]*)(?:\[{_WHEN};{_WHEN}\])?")
_LIST: Final = re.compile(rf"((?:[a-z]:)?\w\w)#(\d+)~{_WHEN}:([\d,]*)")
_CODE: Final = re.compile(rf"((?:[a-z]:)?\w\w)(?:#(\d+)\.(\d+))?(?:~{_WHEN})?")
_PARTS: Final = (
    "honest",
    "hostile",
    "moves",
    "times",
    "ends",
    "never",
    "lasting",
    "own",
    "pins",
    "notices",
    "breaks",
)


@dataclass(frozen=True)
class Step:
    """A step: a root to pin or documents, a time, and verdicts after it."""

    at: int
    pin: Root | None
    documents: tuple[Document, ...]
    verdicts: Mapping[Code, str]


@dataclass(frozen=True)
class World:
    """A world; its parts are those of the file."""

    name: str
    pins: tuple[Root, ...]
    honest: tuple[Document, ...]
    hostile: tuple[Document, ...]
    moves: tuple[Root, ...]
    times: tuple[int, ...]
    ends: Mapping[Code, str]
    never: frozenset[Code]
    lasting: frozenset[Code]
    own: frozenset[Code]
    breaks: str
    notices: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def codes(self) -> tuple[Code, ...]:
        """All codes that are looked at in every state."""
        return tuple(sorted({*self.ends, *self.never, *self.lasting, *self.own}, key=str))


def _groups(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = pattern.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is nothing that the head of worlds.py explains")
    return tuple(group or "" for group in found.groups())


def when(text: str) -> int:
    """Read a time: seconds after now, or days."""
    return NOW + (int(text[:-1]) * DAY if text.endswith("d") else int(text))


@cache
def root(text: str) -> Root:
    """Read a root."""
    of, version, keys, registry_keys, sign, by, epoch, threshold, registry_threshold, issued, expires, order = (
        _groups(_ROOT, text)
    )
    authority = AUTHORITIES[of]
    own = frozenset(f"{authority} root {letter}" for letter in keys or "a")
    others = frozenset(f"{authority} root {letter}" for letter in by)
    made = when(issued or "-30d")
    return Root(
        *(authority, int(version), int(epoch or 1), own, int(threshold or 1)),
        *(_registry_keys(authority, registry_keys), int(registry_threshold or 1)),
        *(made, when(expires) if expires else made + 400 * DAY, len(order)),
        others if sign == "=" else own | others,
    )


def _registry_keys(authority: str, letters: str) -> frozenset[str]:
    """Name registry keys; a capital is a key of whoever names it."""
    return frozenset(
        f"registry {one}" if one.isupper() else f"{authority} registry {one}" for one in letters or "r"
    )


def _key(text: str) -> Key:
    office, name, revoked, retired = _groups(_KEY, text)
    retirement = when(retired) if retired else None
    return Key(OFFICES[office or name[0]], name, name[1].isupper(), bool(revoked), retirement)


def _recognition(text: str) -> Recognition:
    of, begins, ends = _groups(_RECOGNITION, text)
    pin = root(of).content
    return Recognition(pin.authority, pin, when(begins or "-30d"), when(ends or "365d"))


def documents(text: str) -> Iterator[Document]:
    """Read documents."""
    for word in text.split():
        if ".." in word:
            first, last = word[1:].split("..")
            yield from (root(f"{word[0]}{version}") for version in range(int(first), int(last) + 1))
        elif ":" in word and "(" not in word:
            signer, number, made, withdrawn = _groups(_LIST, word)
            key = _key(signer)
            indices = frozenset(map(int, filter(None, withdrawn.split(","))))
            yield StatusList(key.issuer, int(number), when(made), indices, key.name)
        elif "." in word:
            of, version, by, epoch, made, keys, recognises = _groups(_REGISTRY, word)
            authority = AUTHORITIES[of.lower()]
            issued = when(made) if made else NOW - 5 * DAY + 60 * int(version)
            entries = tuple(sorted(map(_key, filter(None, keys.split(",")))))
            named = sorted(map(_recognition, filter(None, recognises.split(","))), key=lambda one: one.authority)
            signers = _registry_keys(authority, by)
            yield Registry(
                *(
                    authority,
                    int(epoch or 1),
                    int(version),
                    entries,
                    tuple(named),
                    issued,
                    issued + 31 * DAY,
                    signers,
                )
            )
        else:
            yield root(word)


def _code(text: str) -> Code:
    name, number, index, begins = _groups(_CODE, text)
    key = _key(name)
    place = (int(number), int(index)) if number else None
    return Code(key.issuer, key.name, place, when(begins) if begins else None)


def _verdicts(text: str) -> dict[Code, str]:
    return {_code(code): verdict for code, verdict in (word.split("=") for word in text.split())}


def _step(text: str) -> Step:
    at, given, verdicts = text.split("|")
    pin = root(given.split()[1]) if given.strip().startswith("pin ") else None
    return Step(when(at.strip()), pin, () if pin else tuple(documents(given)), _verdicts(verdicts))


def _world(text: str) -> World:
    name, *lines = text.strip().splitlines()
    parts = dict.fromkeys(_PARTS, "") | {"pins": "z1", "times": "0"}
    steps: list[str] = []
    for line in lines:
        part, rest = line[:8].strip(), line[9:]
        if part == "step":
            steps.append(rest)
        elif part:
            parts[part] = rest
            last = part
        else:
            parts[last] += f" {rest}"
    never, lasting, own = (frozenset(map(_code, parts[part].split())) for part in ("never", "lasting", "own"))
    return World(
        name=name,
        pins=tuple(map(root, parts["pins"].split())),
        honest=tuple(documents(parts["honest"])),
        hostile=tuple(documents(parts["hostile"])),
        moves=tuple(map(root, parts["moves"].split())),
        times=tuple(map(when, parts["times"].split())),
        ends=_verdicts(parts["ends"]),
        never=never,
        lasting=lasting,
        own=own,
        breaks=parts["breaks"].split(":")[0],
        notices=tuple(filter(None, parts["notices"].split("; "))),
        steps=tuple(map(_step, steps)),
    )


WORLDS: Final = tuple(
    map(_world, filter(str.strip, re.split(r"(?m)^# ", Path(__file__).with_name("worlds.txt").read_text("utf-8"))))
)

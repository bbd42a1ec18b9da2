"""Roots, registries and key requests that are sound, and strategies that draw any."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from healthpass import Color, IssuerId, PublicKey, RegionId, Scope, SigningKey
from healthpass.authority import (
    Entry,
    IssuerEntry,
    KeyEnd,
    KeyEntry,
    KeyRequest,
    Recognition,
    RegistryDocument,
    Root,
    first_registry,
    sign,
    write_source,
)
from healthpass.codec._time import TIME_LIMIT, from_seconds
from healthpass.documents._fields import Names

DAY: Final = timedelta(days=1)
SECONDS: Final = 86_400  # of a day
NOW: Final = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
LATER: Final = NOW + 90 * DAY
OFFICE: Final = IssuerId("CN-33-01.WJW")
NAMES: Final = Names("浙江省卫生健康委员会", "Health Commission of Zhejiang")
SCOPE: Final = Scope(colors=list(Color), max_lifetime=DAY, max_lifetime_without_status=DAY)
ENTRY: Final = Entry(Names("杭州市卫生健康委员会", "Health Commission of Hangzhou"), "tel:12320")


def key(number: int) -> SigningKey:
    """Return a key by its number."""
    return SigningKey.from_seed(bytes([number]) * 32)


def publics(*numbers: int) -> tuple[PublicKey, ...]:
    """Return public keys in the order of a root."""
    return tuple(sorted((key(number).public_key for number in numbers), key=PublicKey.to_bytes))


ROOT: Final = Root(
    authority=RegionId("CN-33"),
    environment="production",
    epoch=1,
    version=1,
    issued=NOW,
    expires=NOW + 400 * DAY,
    root_keys=publics(1, 2, 3),
    root_threshold=2,
    registry_keys=publics(10, 11),
    registry_threshold=1,
)
ROOT_1: Final = sign(sign(ROOT, key(1)), key(2))
EMPTY: Final = first_registry(ROOT, NAMES, at=NOW, lifetime=30 * DAY)


def entry(number: int, **changes: Any) -> KeyEntry:
    """Return a sound entry of a key, but for the changes."""
    raw = key(number).public_key.to_bytes()
    return KeyEntry(raw, 1, NOW - DAY, NOW + 300 * DAY, SCOPE)._replace(**changes)


def registry(*keys: KeyEntry, **changes: Any) -> RegistryDocument:
    """Return a registry with one office and its keys."""
    listed = tuple(sorted(keys, key=lambda one: one.raw))
    office = IssuerEntry(OFFICE, ENTRY.names, ENTRY.appeal, listed)
    return replace(EMPTY, issuers=(office,), **changes)


GOOD: Final = registry(entry(20), entry(21))


def published(content: RegistryDocument) -> bytes:
    """Sign a registry as its root demands."""
    return sign(content, key(10), root=ROOT_1)


def codes(findings: Any) -> list[str]:
    """Return the codes of findings, each of which is told in Chinese too."""
    assert not [finding for finding in findings if finding.zh.isascii()]
    return [finding.code for finding in findings]


texts: Final = st.text("abc浙江健康 -", min_size=1, max_size=10)
names: Final = st.builds(Names, texts, texts)
numbers: Final = st.integers(0, 2**53 - 1)
times: Final = st.integers(0, TIME_LIMIT - 1).map(from_seconds)
spans: Final = (
    st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: (min(pair), max(pair)))
)
lives: Final = st.integers(0, TIME_LIMIT - 1).map(lambda seconds: timedelta(seconds=seconds))
scopes: Final = st.builds(
    Scope,
    colors=st.sets(st.sampled_from(Color)),
    max_lifetime=lives,
    max_bearer_lifetime=lives,
    max_lifetime_without_status=lives,
)
ends: Final = st.none() | st.builds(KeyEnd, times, numbers)
raws: Final = st.binary(min_size=32, max_size=32)


@st.composite
def entries(draw: st.DrawFn, raw: bytes) -> KeyEntry:
    """Draw an entry of a key."""
    use = draw(st.integers(1, 4) | numbers)
    return KeyEntry(raw, use, *draw(spans), draw(scopes), draw(ends), draw(ends))


@st.composite
def registries(draw: st.DrawFn) -> RegistryDocument:
    """Draw a registry."""
    offices = draw(st.sets(st.sampled_from(["CN-33", "CN-33.WJW", "CN-33-01.WJW", "CN-33-02"]), max_size=3))
    unused = iter(draw(st.lists(raws, unique=True, min_size=6, max_size=6)))
    issuers = []
    for office in sorted(offices):
        listed = sorted(
            (draw(entries(next(unused))) for _ in range(draw(st.integers(0, 2)))), key=lambda one: one.raw
        )
        status = draw(st.none() | st.just("https://example.org/lists"))
        appeal = draw(st.sampled_from(["tel:12320", "https://example.org/appeal"]))
        issuers.append(IssuerEntry(IssuerId(office), draw(names), appeal, tuple(listed), status))
    recognised = sorted(draw(st.sets(st.sampled_from(["CN", "CN-31", "NZ-AUK"]), max_size=2)))
    recognitions = tuple(
        Recognition(RegionId(one), draw(st.integers(1, 9)), draw(raws), *draw(spans), draw(scopes), draw(names))
        for one in recognised
    )
    issued = from_seconds(draw(st.integers(0, TIME_LIMIT - 32 * SECONDS)))
    return RegistryDocument(
        authority=RegionId("CN-33"),
        environment=draw(st.sampled_from(["production", "test-1"])),
        epoch=draw(st.integers(1, 3)),
        version=draw(st.integers(1, 2**53 - 1)),
        issued=issued,
        expires=issued + timedelta(seconds=draw(st.integers(1, 31 * SECONDS))),
        names=draw(names),
        issuers=tuple(issuers),
        recognitions=recognitions,
        previous=draw(st.none() | raws),
    )


@st.composite
def roots(draw: st.DrawFn) -> Root:
    """Draw a root."""
    root_keys = draw(st.sets(st.integers(1, 9), min_size=1, max_size=3))
    registry_keys = draw(st.sets(st.integers(10, 19), min_size=1, max_size=3))
    issued = from_seconds(draw(st.integers(0, TIME_LIMIT - 401 * SECONDS)))
    return Root(
        authority=RegionId(draw(st.sampled_from(["CN-33", "CN"]))),
        environment=draw(st.sampled_from(["production", "test-1"])),
        epoch=draw(st.integers(1, 3)),
        version=draw(st.integers(1, 2**53 - 1)),
        issued=issued,
        expires=issued + timedelta(seconds=draw(st.integers(1, 400 * SECONDS))),
        root_keys=publics(*root_keys),
        root_threshold=draw(st.integers(1, len(root_keys))),
        registry_keys=publics(*registry_keys),
        registry_threshold=draw(st.integers(1, len(registry_keys))),
    )


def source_time(moment: datetime) -> str:
    """Return a time as sources have it."""
    text: str = json.loads(write_source(replace(ROOT, issued=moment)))["issued"]
    return text


def request(number: int, **changes: Any) -> KeyRequest:
    """Return a request of a key, but for the changes."""
    members: dict[str, Any] = {
        "issuer": OFFICE,
        "authority": RegionId("CN-33"),
        "environment": "production",
        "issued": NOW,
        "expires": NOW + 7 * DAY,
        "public_key": key(number).public_key,
        "use": 1,
        "valid_from": NOW,
        "valid_until": NOW + 365 * DAY,
        "scope": SCOPE,
    }
    return KeyRequest(**{**members, **changes})

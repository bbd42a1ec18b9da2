"""Roots: which keys sign an authority's registry, and which keys may say so (spec/registry.md, section 3)."""

from dataclasses import dataclass
from typing import Any, Final

from healthpass.codec._keys import KEY_SIZE, PublicKey
from healthpass.credential._regions import RegionId
from healthpass.documents import _statement
from healthpass.documents._document import Kind
from healthpass.documents._fields import Field, Unknown, many, raw_bytes, read_map, uint
from healthpass.documents._statement import Statement
from healthpass.words._limits import PUBLISHED_KEYS

MAX_KEYS: Final = 8  # ROT-1


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A root.

    Attributes:
        authority: whose root it is.
        environment: where it counts.
        epoch: its epoch, from 1 up.
        version: its version, from 1 up.
        issued: when it was made, in seconds since 1970.
        expires: the end of its force, in seconds since 1970; at most 400 days later.
        root_keys: the keys that sign roots, 1 to 8.
        root_threshold: how many of them must sign.
        registry_keys: the keys that sign registries, 1 to 8, none of the above.
        registry_threshold: how many of them must sign.
        stands_by: for a root that opens an epoch, the last version of the earlier epoch's registry that counts.

    Raises:
        ValueError: when it breaks ROT-1 or ROT-2.
    """

    authority: RegionId
    environment: str
    epoch: int
    version: int
    issued: int
    expires: int
    root_keys: tuple[PublicKey, ...]
    root_threshold: int
    registry_keys: tuple[PublicKey, ...]
    registry_threshold: int
    stands_by: int | None = None

    def __post_init__(self) -> None:
        for keys, threshold in (
            (self.root_keys, self.root_threshold),
            (self.registry_keys, self.registry_threshold),
        ):
            if not 0 < len({key.kid for key in keys}) == len(keys) <= MAX_KEYS:
                raise ValueError(f"a root has 1 to {MAX_KEYS} keys of each kind, each once")
            if not 1 <= threshold <= len(keys):
                raise ValueError("a threshold is at least 1, and at most the number of keys")
            if any(key.to_bytes() in PUBLISHED_KEYS for key in keys):
                raise ValueError("a key is a published test key: anybody can sign with it")
        if set(self.root_keys) & set(self.registry_keys):
            raise ValueError("a key is both a root key and a registry key")

    def encode(self) -> bytes:
        """Encode the payload."""
        statement = Statement(
            self.authority, self.expires, self.issued, self.environment, self.epoch, self.version
        )
        content: dict[int, Any] = {
            1: sorted(map(PublicKey.to_bytes, self.root_keys)),
            2: self.root_threshold,
            3: sorted(map(PublicKey.to_bytes, self.registry_keys)),
            4: self.registry_threshold,
        }
        return _statement.encode(statement, content if self.stands_by is None else {**content, 5: self.stands_by})

    @classmethod
    def decode(cls, payload: bytes) -> "Root":
        """Decode a payload whose signatures have been counted, or whose hash is known.

        Raises:
            DocumentError: `malformed-payload`, `malformed-document` or `unsupported-document`.
        """
        return _statement.decode(Kind.ROOT, payload, cls._read)

    @classmethod
    def _read(cls, statement: Statement, content: dict[int, Any], unknown: Unknown) -> "Root":
        found = read_map(content, _FIELDS, unknown)
        for name in ("root_keys", "registry_keys"):
            found[name] = tuple(map(PublicKey, found[name]))
        return cls(authority=RegionId(statement.iss), **statement.versioned(), **found)


def _itself(value: bytes) -> bytes:
    return value


_KEYS: Final = many(raw_bytes(KEY_SIZE), MAX_KEYS, order=_itself)
_FIELDS: Final = {
    1: Field("root_keys", _KEYS),
    2: Field("root_threshold", uint),
    3: Field("registry_keys", _KEYS),
    4: Field("registry_threshold", uint),
    5: Field("stands_by", uint, required=False),
}

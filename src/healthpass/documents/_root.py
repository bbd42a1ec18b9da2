"""Roots: which keys sign an authority's registry, and which keys may say so (spec/registry.md, section 3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from healthpass.codec._keys import PublicKey
from healthpass.credential._regions import RegionId
from healthpass.documents._document import Kind
from healthpass.documents._fields import SOUND_KEY, UINT
from healthpass.documents._statement import Payload
from healthpass.documents._types import Array, Field, FieldError
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
        issued: when it was made; in documents, a time has a zone and whole seconds count.
        expires: the end of its force, at most 400 days later.
        root_keys: the keys that sign roots, 1 to 8.
        root_threshold: how many of them must sign.
        registry_keys: the keys that sign registries, 1 to 8, none of the above.
        registry_threshold: how many of them must sign.

    Raises:
        ValueError: when it breaks ROT-1 or ROT-2.
    """

    authority: RegionId
    environment: str
    epoch: int
    version: int
    issued: datetime
    expires: datetime
    root_keys: tuple[PublicKey, ...]
    root_threshold: int
    registry_keys: tuple[PublicKey, ...]
    registry_threshold: int

    def __post_init__(self) -> None:
        for name, keys, threshold in (
            ("root", self.root_keys, self.root_threshold),
            ("registry", self.registry_keys, self.registry_threshold),
        ):
            if not 0 < len({key.kid for key in keys}) == len(keys) <= MAX_KEYS:
                raise FieldError(
                    f"a root has 1 to {MAX_KEYS} keys of each kind, each once", f"{name}_keys", "ROT-1"
                )
            if not 1 <= threshold <= len(keys):
                raise FieldError(
                    "a threshold is at least 1, and at most the number of keys", f"{name}_threshold", "ROT-2"
                )
            if any(key.to_bytes() in PUBLISHED_KEYS for key in keys):
                raise FieldError(
                    "a key is a published test key: anybody can sign with it", f"{name}_keys", "ROT-1"
                )
        if set(self.root_keys) & set(self.registry_keys):
            raise FieldError("a key is both a root key and a registry key", "registry_keys", "ROT-1")

    def encode(self) -> bytes:
        """Encode the payload; the order of keys does not matter."""
        return PAYLOAD.encode(self)

    @classmethod
    def decode(cls, payload: bytes) -> "Root":
        """Decode a payload whose signatures have been counted, or whose hash is known.

        Raises:
            DocumentError: `malformed-payload`, `malformed-document` or `unsupported-document`.
        """
        return PAYLOAD.decode(payload)


_KEYS: Final = Array(SOUND_KEY, MAX_KEYS, bytes)
PAYLOAD: Final = Payload(
    Kind.ROOT,
    Root,
    {
        1: Field("root_keys", _KEYS, "ROT-1"),
        2: Field("root_threshold", UINT, "ROT-2"),
        3: Field("registry_keys", _KEYS, "ROT-1"),
        4: Field("registry_threshold", UINT, "ROT-2"),
    },
)

"""How the next root follows from the one that there is (spec/registry.md, section 3 and UPD-7)."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import later, whole
from healthpass.documents._root import Root


def next_root(
    root: Root,
    *,
    version: int,
    at: datetime,
    lifetime: timedelta | None = None,
    add_root: Iterable[PublicKey] = (),
    drop_root: Collection[PublicKey] = (),
    add_registry: Iterable[PublicKey] = (),
    drop_registry: Collection[PublicKey] = (),
    root_threshold: int | None = None,
    registry_threshold: int | None = None,
) -> Root:
    """Return the next root: the same keys, but for those that are added and dropped.

    Args:
        root: the one that there is.
        version: the version of the next.
        at: when it is made; whole seconds count.
        lifetime: how long it is in force; as long as before when left out.
        add_root: root keys to add.
        drop_root: root keys to drop.
        add_registry: registry keys to add.
        drop_registry: registry keys to drop.
        root_threshold: how many root keys must sign; as many as before when left out.
        registry_threshold: the same for registry keys.

    Raises:
        ValueError: when a key to add is there, one to drop is not, or the root would break ROT-1 or ROT-2.
    """
    return replace(
        root,
        version=version,
        stands_by=None,
        issued=whole(at),
        expires=later(at, root.expires - root.issued if lifetime is None else lifetime),
        root_keys=_rotated(root.root_keys, add_root, drop_root),
        root_threshold=root_threshold or root.root_threshold,
        registry_keys=_rotated(root.registry_keys, add_registry, drop_registry),
        registry_threshold=registry_threshold or root.registry_threshold,
    )


def open_epoch(
    root: Root,
    registry_keys: Iterable[PublicKey],
    *,
    after: Root,
    stands_by: int,
    registry_threshold: int | None = None,
) -> Root:
    """Return the root as one that opens an epoch: with other registry keys (UPD-7).

    Args:
        root: the next root, as `next_root` returns it.
        registry_keys: all registry keys that it shall have.
        after: the root before it.
        stands_by: the last version of the earlier epoch's registry that counts, 0 for none.
        registry_threshold: how many of the keys must sign; as many as before when left out.

    Raises:
        ValueError: when one of the keys has been a registry key, or the root would break ROT-1 or ROT-2.
    """
    keys = tuple(sorted(registry_keys, key=PublicKey.to_bytes))
    for key in keys:
        if key in after.registry_keys:
            raise ValueError(
                f"the key {key.kid.hex()} is a registry key already, and an epoch opens with other keys"
            )
    return replace(
        root,
        epoch=after.epoch + 1,
        stands_by=stands_by,
        registry_keys=keys,
        registry_threshold=registry_threshold or root.registry_threshold,
    )


def _rotated(
    keys: tuple[PublicKey, ...], added: Iterable[PublicKey], dropped: Collection[PublicKey]
) -> tuple[PublicKey, ...]:
    kept = [key for key in keys if key not in dropped]
    for key in dropped:
        if key not in keys:
            raise ValueError(f"the key {key.kid.hex()} cannot be dropped: it is none of them")
    for key in added:
        if key in kept:
            raise ValueError(f"the key {key.kid.hex()} cannot be added: it is one of them already")
        kept.append(key)
    return tuple(sorted(kept, key=PublicKey.to_bytes))

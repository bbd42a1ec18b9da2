"""How the next root follows from the one that there is (spec/registry.md, ROT-3 and AUT-9)."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import SECOND, later, to_seconds, whole
from healthpass.documents._root import Root
from healthpass.trust._held import Epoch


def next_root(
    root: Root,
    *,
    after: Root | None = None,
    at: datetime,
    lifetime: timedelta | None = None,
    add_root: Iterable[PublicKey] = (),
    drop_root: Collection[PublicKey] = (),
    add_registry: Iterable[PublicKey] = (),
    drop_registry: Collection[PublicKey] = (),
    root_threshold: int | None = None,
    registry_threshold: int | None = None,
    new_epoch: bool = False,
) -> Root:
    """Return the next root: the same keys, but for those that are added and dropped.

    With other registry keys, or another threshold of theirs, it opens an epoch: no registry that has been signed
    counts under it. Publish it together with a registry of the new epoch.

    Args:
        root: what it shall say, but for the changes.
        after: the root that was published last; `root` itself when left out.
        at: when it is made; whole seconds count. It is dated one second after the last at least.
        lifetime: how long it is in force; as long as before when left out.
        add_root: root keys to add.
        drop_root: root keys to drop.
        add_registry: registry keys to add.
        drop_registry: registry keys to drop.
        root_threshold: how many root keys must sign; as many as before when left out.
        registry_threshold: the same for registry keys.
        new_epoch: open an epoch also with the same registry keys.

    Raises:
        ValueError: when a key to add is there, one to drop is not, or the root would break ROT-1 or ROT-2, or does
            not go on from `after`.
    """
    last = after or root
    if (last.authority, last.environment) != (root.authority, root.environment):
        raise ValueError(f"the root before it is none of {root.authority} in {root.environment!r}")
    if root.version not in {last.version, last.version + 1}:
        raise ValueError(f"the source is at version {root.version} and does not go on from version {last.version}")
    issued = max(whole(at), last.issued + SECOND)
    changed = replace(
        root,
        epoch=last.epoch,
        version=last.version + 1,
        issued=issued,
        expires=later(issued, root.expires - root.issued if lifetime is None else lifetime),
        root_keys=_rotated(root.root_keys, add_root, drop_root),
        root_threshold=root_threshold or root.root_threshold,
        registry_keys=_rotated(root.registry_keys, add_registry, drop_registry),
        registry_threshold=registry_threshold or root.registry_threshold,
    )
    if new_epoch or Epoch.of(changed) != Epoch.of(last):
        return replace(changed, epoch=max(to_seconds(at), last.epoch + 1))
    return changed


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

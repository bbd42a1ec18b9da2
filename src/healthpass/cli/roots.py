"""Roots before they are pinned: read from a file, and shown to somebody who compares them with what is known."""

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from healthpass import DocumentError, PublicKey
from healthpass.authority import Root
from healthpass.cli import stores
from healthpass.cli.errors import NOT_VALID, CommandError
from healthpass.cli.show.documents import thumbprint_lines
from healthpass.cli.show.effects import show_pin
from healthpass.cli.show.terminal import show_rows
from healthpass.cli.show.times import local_time
from healthpass.store import Effects, Kind, OpenedDocument, Pin, TrustStore, open_bundle

_DIGITS: Final = 64  # of a SHA-256 in hexadecimal
_SHOWN: Final = 19  # characters of a thumbprint, four groups: enough to tell two roots apart
_GIVE: Final = "give the file of a root that the authority has published"


class ShownRoot(NamedTuple):
    """A root that nobody has vouched for yet.

    Attributes:
        document: the root, opened.
        root: what it says.
    """

    document: OpenedDocument
    root: Root

    @property
    def pin(self) -> Pin:
        """The pin that stands for it."""
        return Pin(self.root.authority, self.root.version, self.document.digest)

    def is_pinned(self, store: TrustStore | None) -> bool:
        """Tell whether it is an anchor's root already."""
        return store is not None and store.anchors.get(self.root.authority) == self.pin

    def rows(self, at: datetime) -> list[tuple[str, str]]:
        """Return labels and texts; the thumbprint is what is to be compared."""
        root, signers = self.root, len(self.document.signed_by)
        expired = " (that has passed 已过期)" if at >= root.expires else ""
        return [
            ("authority", root.authority),
            ("environment", root.environment),
            ("version", f"{root.version}, epoch {root.epoch}"),
            ("from", local_time(root.issued)),
            ("until", local_time(root.expires) + expired),
            *_key_rows("root keys", root.root_keys, root.root_threshold),
            *_key_rows("registry keys", root.registry_keys, root.registry_threshold),
            ("signed by", f"{signers} key{'' if signers == 1 else 's'}, enough of its own among them"),
            *zip(("thumbprint", ""), thumbprint_lines(self.document.digest), strict=True),
        ]


def read_root(path: Path, thumbprint: bytes | None) -> ShownRoot:
    """Find the root that is meant in a file: the one with the thumbprint, or the only one.

    Raises:
        CommandError: when there is none, or it is not signed as a root must be.
    """
    name = repr(str(path))
    if stores.is_folder(path):
        raise CommandError(f"{name} is a folder", hint=_GIVE)
    (bundle,) = stores.offered(str(path), _GIVE).bundles.values()
    if bundle[:64].lstrip().startswith(b"{"):  # JSON
        raise CommandError(
            f"{name} is a source, and the signed document is needed", hint="healthpass authority sign makes it"
        )
    found = list(open_bundle(bundle))
    opened = [one for one in found if isinstance(one, OpenedDocument)]
    roots = [one for one in opened if one.kind is Kind.ROOT]
    try:
        if not roots:
            only_lists = opened and all(one.kind is Kind.STATUS_LIST for one in opened)
            raise next((one for one in found if isinstance(one, DocumentError)), None) or CommandError(
                f"{name} holds {'status lists and no root' if only_lists else 'no root'}",
                hint="healthpass bundle lists what a file holds",
            )
        if thumbprint is not None:
            roots = [one for one in roots if one.digest == thumbprint] or _differs(name, roots[-1])
        if len(roots) > 1:
            raise CommandError(
                f"{name} holds {len(roots)} roots", hint="--thumbprint says which; healthpass bundle lists them"
            )
        return ShownRoot(roots[0], roots[0].self_signed_root())
    except DocumentError as error:
        raise CommandError(f"{name} is refused: {error}", exit_code=NOT_VALID) from error


def show(console: Console, shown: ShownRoot, store: TrustStore | None, at: datetime) -> None:
    """Show a root before it is pinned."""
    if shown.is_pinned(store):
        console.print("already pinned 此前已固定")
    else:
        console.print("NOT PINNED YET 尚未固定: compare the thumbprint with one that you have by other means")
    show_rows(console, shown.rows(at))


def show_costs(console: Console, pin: Pin, store: TrustStore, effects: Effects) -> None:
    """Tell what a pin would cost a store."""
    held = store.anchors.get(pin.authority)
    if held and effects.begins_anew:
        known = f"{pin.authority} by another root ({thumbprint_lines(held.digest)[0][:_SHOWN]} …)"
        console.print(
            f"! this store has {known}, and this one is not on its chain:\n"
            "  the chain begins anew with it; what is held stays, and counts if this root's keys have signed it\n"
            "  本库已固定该机关的另一个根，此根不在其根链上：\n"
            "  根链自此根重新开始；原有内容保留，由此根的密钥签名的才有效",
            style="bold yellow",
        )
    show_pin(console, effects, others=any(anchor != pin.authority for anchor in store.anchors))


def read_thumbprint(text: str) -> bytes:
    """Read `--thumbprint`: all 64 digits, in whatever groups.

    Raises:
        CommandError: when it is none; a part of one can be made to fit.
    """
    digits = "".join(text.split())
    try:
        if len(digits) == _DIGITS:
            return bytes.fromhex(digits)
    except ValueError:
        pass
    raise CommandError(
        f"--thumbprint: expected {_DIGITS} hexadecimal digits, found {len(digits)} characters",
        hint="a part of a thumbprint is not enough: somebody can make a root that begins the same",
    )


def _key_rows(label: str, keys: tuple[PublicKey, ...], threshold: int) -> list[tuple[str, str]]:
    kids = [key.kid.hex() for key in keys]
    return [(label, f"{threshold} of {len(keys)} must sign"), *(("", kid) for kid in kids)]


def _differs(name: str, root: OpenedDocument) -> list[OpenedDocument]:
    rows = " ".join(thumbprint_lines(root.digest))
    raise CommandError(
        f"no root in {name} has that thumbprint; that of the last one is {rows}",
        hint="if you have it from a source that you trust, this root is not the authority's: do not pin it",
        exit_code=NOT_VALID,
    )

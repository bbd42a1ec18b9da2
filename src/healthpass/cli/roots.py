"""Roots before they are pinned: read from a file, and shown to somebody who compares them with what is known."""

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from healthpass import DocumentError, PublicKey
from healthpass.authority import Root
from healthpass.cli import stores
from healthpass.cli.errors import NOT_VALID, CommandError
from healthpass.cli.language import say
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
        until = local_time(root.expires)
        signed = (
            say("1 key, enough of its own")
            if signers == 1
            else say("{} keys, enough of its own among them", signers)
        )
        return [
            (say("authority"), root.authority),
            (say("environment"), root.environment),
            (say("version"), say("{}, epoch {}", str(root.version), str(root.epoch))),
            (say("from"), local_time(root.issued)),
            (say("until"), say("{} (that has passed)", until) if at >= root.expires else until),
            *_key_rows(say("root keys"), root.root_keys, root.root_threshold),
            *_key_rows(say("registry keys"), root.registry_keys, root.registry_threshold),
            (say("signed by"), signed),
            *zip((say("thumbprint"), ""), thumbprint_lines(self.document.digest), strict=True),
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
        console.print(say("already pinned"))
    else:
        console.print(say("NOT PINNED YET: compare the thumbprint with one that you have by other means"))
    show_rows(console, shown.rows(at))


def show_costs(console: Console, pin: Pin, store: TrustStore, effects: Effects) -> None:
    """Tell what a pin would cost a store."""
    held = store.anchors.get(pin.authority)
    if held and effects.begins_anew:
        known = f"{thumbprint_lines(held.digest)[0][:_SHOWN]} …"
        told = say(
            "this store has {} by another root ({}), and this one is not on its chain:", pin.authority, known
        )
        then = say(
            "the chain begins anew with it; what is held stays, and counts if this root's keys have signed it"
        )
        console.print(f"! {told}\n  {then}", style="bold yellow")
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
    return [(label, say("{} of {} must sign", threshold, len(keys))), *(("", kid) for kid in kids)]


def _differs(name: str, root: OpenedDocument) -> list[OpenedDocument]:
    rows = " ".join(thumbprint_lines(root.digest))
    raise CommandError(
        f"no root in {name} has that thumbprint; that of the last one is {rows}",
        hint="if you have it from a source that you trust, this root is not the authority's: do not pin it",
        exit_code=NOT_VALID,
    )

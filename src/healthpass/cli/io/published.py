"""The folder that an authority's web server shows: its roots, its registry, and the bundle that gates fetch.

`bundle.cbor` is replaced first and `registry.cbor` last: the next run finds one that was killed between the two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from healthpass import DocumentError, harmless
from healthpass.authority import Kind, RegistryDocument, Root
from healthpass.cli import stores
from healthpass.cli.errors import CANNOT_JUDGE, NOT_VALID, CommandError, why
from healthpass.cli.io.documents import File, load, refusing_file
from healthpass.cli.io.files import alone_in, clear_leftovers, replace_all
from healthpass.cli.io.output import advise, complain, put
from healthpass.cli.language import say
from healthpass.cli.show.documents import kind_words
from healthpass.deciding import OfficeDocument
from healthpass.store import (
    OpenedDocument,
    PublishedBundle,
    StoreError,
    TrustStore,
    compose_bundle,
    open_bundle,
    root_gaps,
)

BUNDLE: Final = "bundle.cbor"
REGISTRY: Final = "registry.cbor"
ROOTS: Final = "root-*.cbor"
_SOURCES: Final = "--with takes a trust store, a file, or a folder with files named *.cbor"


class Published(NamedTuple):
    """What an authority has published.

    Attributes:
        folder: where.
        roots: its roots, first to last.
        registry: the registry published last, or None.
        begun: a later registry that the bundle has, of a run that was killed; None where there is none.
        bundle: the bundle.
    """

    folder: Path
    roots: tuple[File, ...]
    registry: File | None
    begun: File | None
    bundle: bytes

    @classmethod
    def read(cls, folder: Path, authority: str) -> "Published":
        """Read the folder; one that is not there or is empty has nothing.

        Raises:
            CommandError: when a file in it cannot be read, or is none of this authority.
        """
        found = [load(path, Kind.ROOT) for path in sorted(files_like(folder, ROOTS))]
        registry = load(folder / REGISTRY, Kind.REGISTRY) if _is_there(folder / REGISTRY) else None
        bundle, begun = b"", None
        if _is_there(path := folder / BUNDLE):
            bundle = stores.offered(str(path), f"{BUNDLE} is what gates fetch").bundles[path]
            for one in open_bundle(bundle):
                if isinstance(one, DocumentError):
                    complain((f"{str(path)!r}: {one}",), "what stood behind that is lost, unless --with brings it")
                elif isinstance(one.claims, Root | RegistryDocument) and one.claims.authority == authority:
                    file = load(path, one.kind, one.content)
                    if one.kind is Kind.ROOT:
                        found.append(file)
                    else:
                        begun = file
        _check_files(folder, authority, found, registry)
        last = registry and registry.registry
        if begun and last and (begun.registry.epoch, begun.registry.version) <= (last.epoch, last.version):
            begun = None
        return cls(folder, chain_of(found), registry, begun, bundle)

    def write(self, bundle: PublishedBundle, roots: Sequence[File], registry: File | None) -> None:
        """Replace what is published: each file is the old or the new one, and none is a half.

        Raises:
            CommandError: when a file cannot be written.
        """
        files = {self.folder / BUNDLE: bundle.content}
        files |= {self.folder / name_of(root): root.data for root in roots}
        if registry:
            files[self.folder / REGISTRY] = registry.data
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"cannot create {str(self.folder)!r}: {why(error)}") from error
        replace_all(files)


def _check_files(folder: Path, authority: str, found: Sequence[File], registry: File | None) -> None:
    """Check that what is in the folder is of this authority, as far as files can be mistaken for others.

    Raises:
        CommandError: when it is not.
    """
    for file in (*found, *([registry] if registry else ())):
        if (whose := file.signed.content.authority) != authority:
            what = f"{str(file.path)!r} is of {whose}, and {authority} is to be published there"
            raise CommandError(what, hint="each authority has a folder of its own")
        if not file.signed.signatures:
            raise CommandError(f"{str(file.path)!r} is a source, and the signed document is needed there")
    keys = [key for root in found for key in root.root.registry_keys]
    if registry and found and not registry.signed.signers(keys):
        raise CommandError(
            f"{str(registry.path)!r} is signed by no registry key of the roots in {str(folder)!r}",
            hint="put the registry there that was published last",
            exit_code=NOT_VALID,
        )


@contextmanager
def publishing(folder: Path, source: Path, *, dry_run: bool) -> Iterator[None]:
    """Be the only one who publishes in a folder, and clear away there and beside the source what was left.

    Two officers who publish at once would sign two registries of one version.

    Args:
        folder: what the web server shows.
        source: the file that is published.
        dry_run: nothing is touched then.

    Raises:
        CommandError: when somebody else is publishing there.
    """
    if dry_run or not folder.is_dir():
        yield
        return
    with alone_in(folder, "publishing"):
        for one in {folder, source.parent}:
            clear_leftovers(one)
        yield


def name_of(root: File) -> str:
    """Return the name of a root's file in the folder."""
    return f"root-{root.root.version}.cbor"


def chain_of(roots: Iterable[File]) -> tuple[File, ...]:
    """Put roots in order, each version once.

    Raises:
        CommandError: when two of one version differ.
    """
    chain: dict[int, File] = {}
    for file in roots:
        other = chain.setdefault(file.root.version, file)
        if other.signed.digest != file.signed.digest:
            raise CommandError(
                f"{str(other.path)!r} and {str(file.path)!r} are two roots of version {file.root.version}",
                hint="a version is never used twice (AUT-1)",
                exit_code=NOT_VALID,
            )
    return tuple(chain[version] for version in sorted(chain))


def check_chain(roots: Sequence[File], folder: Path) -> None:
    """Check that no root is missing, from the first on (AUT-7).

    Raises:
        CommandError: with exit code 1, when one is.
    """
    if missing := [str(gap) for gap in root_gaps([0, *(root.root.version for root in roots)])]:
        raise CommandError(
            *missing,
            hint=f"gates go from each root to the next: put the file of each into {str(folder)!r}, {ROOTS}",
            exit_code=NOT_VALID,
        )


def composed(
    published: Published, roots: Sequence[File], registry: File | None, sources: Sequence[str], at: datetime
) -> tuple[PublishedBundle, bool]:
    """Make the bundle, and tell what is not in it; return it, and whether anything was left out.

    Raises:
        CommandError: when a gate would refuse one of the authority's own documents.
    """
    bundles, problems = _read_sources(sources)
    try:
        with refusing_file(roots[0].path):
            bundle = compose_bundle(
                [root.data for root in roots],
                registry and registry.data,
                bundles,
                before=published.bundle,
                at=at,
            )
    except StoreError as error:
        raise CommandError(str(error), exit_code=NOT_VALID) from error
    left_out = (*problems, *(f"{line}; it is left out" for line in bundle.left_out))
    if left_out:
        complain(left_out, None)
    if bundle.lists:
        advise(f"{bundle.lists} status lists are not in it: they have an address of their own (BDL-3)")
    for authority in bundle.lacking:
        advise(f"{authority} is recognised, and no registry of it is here: give what it publishes, --with")
    return bundle, bool(left_out)


def tell_published(published: Published, bundle: PublishedBundle) -> None:
    """Say what stands where now."""
    put(say("{} is published, {} bytes:", harmless(str(published.folder / BUNDLE)), len(bundle.content)))
    for one in open_bundle(bundle.content):
        if isinstance(one, OpenedDocument) and isinstance(one.claims, Root | RegistryDocument):
            claims = one.claims
            which = (claims.authority, kind_words(one.kind), str(claims.version), f"{claims.expires:%Y-%m-%d}")
            put(f"  {say('{} {} {}, until {}', *which)}")
        elif isinstance(one, OpenedDocument) and isinstance(one.claims, OfficeDocument):
            until = f"{one.claims.expires:%Y-%m-%d}"
            put(f"  {say('{} {}, until {}', one.claims.issuer, kind_words(one.kind), until)}")


def _read_sources(sources: Sequence[str]) -> tuple[Mapping[str, bytes], tuple[str, ...]]:
    bundles: dict[str, bytes] = {}
    problems: list[str] = []
    for source in sources:
        path = Path(source)
        try:
            if TrustStore.exists(path):
                with stores.using(path, _SOURCES):
                    bundles[source] = stores.opened(path).bundle().content
                continue
            offered = stores.offered(source, _SOURCES)
        except CommandError as error:
            problems.extend(f"{problem}; it is left out" for problem in error.problems)
            continue
        problems.extend(offered.left_out)
        bundles |= {str(file): data for file, data in offered.bundles.items()}
    return bundles, tuple(problems)


def files_like(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder whose names are like this; pipes and the like are none.

    Raises:
        CommandError: with exit code 3, when the folder cannot be read.
    """
    try:
        return [path for path in folder.glob(pattern) if path.is_file()]
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot read {str(folder)!r}: {error}", exit_code=CANNOT_JUDGE) from error


def _is_there(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.is_file()
    return False

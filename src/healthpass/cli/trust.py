"""`healthpass trust`: whom a verifier trusts, and what it has been told since."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import HealthpassError, RegionId, harmless
from healthpass.cli import roots, stores
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError, refusing
from healthpass.cli.io.arguments import At, Source, read_environment
from healthpass.cli.io.asking import agree
from healthpass.cli.io.output import advise, answering, json_line, put, warn
from healthpass.cli.io.sources import NoCodeError, read_one
from healthpass.cli.language import say
from healthpass.cli.show import effects, reasons, reports, tree
from healthpass.cli.show.answer import exit_code
from healthpass.cli.show.terminal import terminal
from healthpass.cli.show.times import local_minute, now
from healthpass.health import Check, Level, Limits, check_store
from healthpass.store import Pin, Standing, StoreError, TrustStore, TrustView, Update

HELP: Final = "Choose whom to trust, and hear what they publish."
_AGREES: Final = "--yes agrees to what is lost"
_PIN_IT: Final = "Pin it all the same?", "agree to that, and nothing was pinned", _AGREES
_UNPIN_IT: Final = "Unpin it all the same?", "agree to that, and nothing was unpinned", _AGREES
_SOURCES: Final = "a source is a file, a folder with files named *.cbor, or an https:// address"
_NOTHING: Final = "nothing can be judged by this store now"
_TOLD: Final = 5  # problems and warnings that a person is told
_GOES_ON: Final = "the store goes on with what it holds; healthpass trust show STORE tells until when"

_Store = Annotated[Path, typer.Argument(metavar="STORE", help="The folder of the store.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Agree to what is lost by it, without being asked.")]
_Json = Annotated[bool, typer.Option("--json", help="In JSON, as one object.")]


def pin(
    store: _Store,
    root: Annotated[Path | None, typer.Argument(metavar="ROOT.cbor", help="The authority's root.")] = None,
    *,
    thumbprint: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="SHA-256 of the root's payload, which you have by other means."),
    ] = None,
    authority: Annotated[
        str | None, typer.Option(metavar="CN-33", help="Whose root it is, without a file.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The root's version, without a file.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="What a new store is for; production if left out.")
    ] = None,
    yes: _Yes = False,
    at: At = None,
) -> None:
    """Trust an authority by the thumbprint of its root.

    Shows the root in words, and what other anchors lose by it: the names within an anchor's region are its own.
    It is pinned when --thumbprint is given and is the same, or somebody types yes; and where something is lost,
    when --yes is given, or somebody types yes to that too. Makes the store if there is none. Without a file, name
    --authority, --version and --thumbprint; the root then comes with an update.

    Exit codes: 0 pinned, 1 refused, 2 wrong usage, or nobody is here to agree, 3 the store cannot be opened.
    """
    digest = None if thumbprint is None else roots.read_thumbprint(thumbprint)
    wanted, moment = read_environment(environment), at or now()
    if root is None:
        chosen = _named_pin(authority, version, digest)
        if _costs(store, chosen, b"", moment) and not yes:
            agree(*_PIN_IT)
        with stores.using(store):
            _opened_or_made(store, environment).pin(chosen.authority, version=chosen.version, digest=chosen.digest)
        with answering():
            put(_pinned(chosen, store))
        return
    if authority is not None or version is not None:
        raise CommandError("--authority and --version stand in for a file, and there is one")
    shown = roots.read_root(root, digest)
    found, held = shown.root, stores.opened(store) if TrustStore.exists(store) else None
    if held and environment is None:
        wanted = held.environment
    if found.environment != wanted:
        raise CommandError(
            f"the root is of the environment {found.environment!r}, and the store of {wanted!r}",
            hint=f"real codes are of {read_environment(None)!r}; "
            f"for a store of its own: --environment {found.environment}",
            exit_code=NOT_VALID,
        )
    console, document = terminal(), shown.document
    with stores.using(store), answering():
        roots.show(console, shown, held, moment)
    costs = not shown.is_pinned(held) and _costs(store, shown.pin, document.content, moment)
    with stores.using(store):
        if digest is None and not shown.is_pinned(held):
            agree(
                "Is the thumbprint the one that you have by other means?",
                "confirm the thumbprint, and nothing was pinned",
                "compare it, then give --thumbprint with all 64 digits",
            )
        if costs and not yes:
            agree(*_PIN_IT)
        results = _opened_or_made(store, environment).pin_document(
            document.content, digest=document.digest, at=moment
        )
    with answering():
        reports.show_notes(console, results)
        put(_pinned(shown.pin, store))


def unpin(
    store: _Store,
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help="The anchor, such as CN-33.")],
    *,
    yes: _Yes = False,
    at: At = None,
) -> None:
    """Trust an authority no longer.

    Shows what is lost: all that was held by way of it is forgotten, the codes too that are known to be withdrawn.
    Where anything is, it asks, unless --yes is given.

    Exit codes: 0 unpinned, 1 somebody said no, 2 wrong usage, or nobody is here to agree, 3 the store cannot be
    opened.
    """
    opened = stores.opened(store)
    with stores.using(store):
        anchors = list(opened.anchors)
        if authority not in anchors:
            raise CommandError(f"{authority!r} is no anchor here; the anchors are: {', '.join(anchors) or 'none'}")
        lost = opened.unpin_effects(authority, at=at)
        with answering():
            effects.show_unpin(terminal(), lost)
        if lost.takes and not yes:
            agree(*_UNPIN_IT)
        opened.unpin(authority)
    with answering():
        put(say("{} is no anchor of {} any more", authority, harmless(str(store))))


def update(
    store: _Store,
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="A file, a folder, or an https:// address.")
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would come of it, and change nothing.")
    ] = False,
    at: At = None,
    as_json: _Json = False,
) -> None:
    """Offer a store what authorities have published.

    Files, folders with files named *.cbor, and https:// addresses. Each document counts on its own: a refused
    one leaves all else as it was. One that concerns nobody whom the store knows is passed over.

    Exit codes: 0 nothing was refused, 1 something was, or all was passed over, 3 a source cannot be read, the
    store not opened, or nothing that it then holds can be judged by. What ends soon is told on standard error.
    """
    with stores.using(store):
        opened = stores.opened(store)
        news = opened.update_from_all(sources, at=at, rehearse=dry_run)
        view, check = opened.view(at=at), check_store(opened, at=at)
    results, problems = news.results, news.problems
    refused, passed_over = (reports.number_of(results, name) for name in ("refused", "passed_over"))
    warnings = [*_clock_warnings(news), *_warnings(check)] if view.anchors else []
    with answering(CANNOT_JUDGE):
        if as_json:
            told = [result.model_dump(mode="json") for result in results]
            counts = {"problems": list(map(str, problems)), "refused": refused, "passed_over": passed_over}
            put(json_line({**counts, "warnings": warnings, "stale_from": view.stale_from, "results": told}))
        elif results or not problems:
            reports.show(terminal(), results)
            if dry_run:
                put(say("nothing was changed"))
    for warning in warnings:
        warn(warning)
    judges = view.stale_from is not None or not view.anchors
    if problems or not judges:
        # Many files can be at fault, and a person reads some of them.
        lines = [*map(str, problems[:_TOLD]), *([_NOTHING] if not judges else [])]
        if len(problems) > _TOLD:
            lines.insert(_TOLD, f"and {len(problems) - _TOLD:,} more; --json tells all problems")
        hint = _hint(problems) if problems else _idle(view)
        raise CommandError(*lines, hint=hint, exit_code=CANNOT_JUDGE)
    if not view.anchors:
        advise("the store has no anchor yet: healthpass trust pin STORE ROOT.cbor")
    # A bundle is for many stores: that some of it is passed over is as it should be.
    bad = refused or (results and all(result.passed_over for result in results))
    raise typer.Exit(NOT_VALID if bad else DONE)


def show(store: _Store, *, at: At = None, as_json: _Json = False) -> None:
    """Draw whom a store trusts.

    Anchors, whom they recognise, issuers and their keys, and from when on nothing can be judged unless news
    comes.

    Exit codes: 0 shown, 2 wrong usage, 3 the store cannot be opened, or nothing that it holds can be judged by.
    """
    with stores.using(store):
        view = stores.opened(store).view(at=at)
    with answering(CANNOT_JUDGE):
        if as_json:
            put(json_line(view.model_dump(mode="json")))
        else:
            tree.draw(terminal(), view)
    if view.stale_from is None:
        raise CommandError(_NOTHING, hint=_idle(view), exit_code=CANNOT_JUDGE)


def why(
    store: _Store,
    source: Source,
    *,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose codes are wanted; production if left out.")
    ] = None,
    at: At = None,
    as_json: _Json = False,
) -> None:
    """Explain path by path why a code is trusted here or not.

    Nothing that a code claims is shown unless it is valid. Exit codes as those of verify.
    """
    wanted, moment = read_environment(environment), at or now()
    opened, text = stores.opened(store), _read(source)
    with stores.using(store):
        explanation = opened.explain(text, environment=wanted, at=moment)
    with answering(CANNOT_JUDGE):
        if as_json:
            put(json_line(explanation.model_dump(mode="json")))
        else:
            reasons.show(terminal(), explanation, moment)
    raise typer.Exit(exit_code(explanation.judged))


def _named_pin(authority: str | None, version: int | None, digest: bytes | None) -> Pin:
    if authority is None or version is None or digest is None:
        raise CommandError(
            "whom? give the file of a root, or --authority, --version and --thumbprint",
            hint="healthpass trust pin STORE ROOT.cbor",
        )
    with refusing("--authority"):
        return Pin(RegionId(authority), version, digest)


def _costs(path: Path, chosen: Pin, root: bytes, at: datetime) -> bool:
    """Tell what a pin costs a store that is there; return whether it costs anything."""
    if not TrustStore.exists(path):
        return False
    held = stores.opened(path)
    with stores.using(path), answering():
        costs = held.pin_effects(chosen, root, at=at)
        roots.show_costs(terminal(), chosen, held, costs)
    return costs.takes


def _opened_or_made(path: Path, environment: str | None) -> TrustStore:
    if TrustStore.exists(path):
        return TrustStore.open(path, environment=environment)
    return TrustStore.create(path, read_environment(environment))


def _read(source: str) -> str:
    try:
        return read_one(source)
    except CommandError as error:
        if isinstance(error.__cause__, NoCodeError):
            error.exit_code = CANNOT_JUDGE
        raise


def _hint(problems: Sequence[StoreError]) -> str | None:
    causes = [problem.__cause__ for problem in problems]
    if any(isinstance(cause, FileNotFoundError) for cause in causes):
        return _SOURCES
    # Of fetching; those of the operating system, such as of a full disk, are no `HealthpassError`.
    return _GOES_ON if any(isinstance(cause, HealthpassError) for cause in causes) else None


def _idle(view: TrustView) -> str:
    """Say what to do where nothing can be judged by a store: what has expired all at once may not have."""
    if not view.anchors:
        return "healthpass trust pin STORE ROOT.cbor"
    if view.clock_suspect:
        return f"the clock of this machine is behind: it says {local_minute(view.at)}; set it"
    if any(anchor.standing is Standing.STALE for anchor in view.anchors):
        return (
            f"compare the clock of this machine, which says {local_minute(view.at)}; if it is right, "
            "see whether the sources publish anything newer"
        )
    return "healthpass trust update STORE SOURCE brings what the anchors have published"


def _warnings(check: Check) -> Iterator[str]:
    """Tell the worst that a check has found, and how much more there is."""
    bad = [one.message for one in check.findings if one.level is not Level.OK]
    yield from bad[:_TOLD]
    if len(bad) > _TOLD:
        yield f"and {len(bad) - _TOLD} more: healthpass health --store STORE"


def _clock_warnings(news: Update) -> Iterator[str]:
    if news.clock_ahead is not None and Limits().of_clock(news.clock_ahead) is not Level.OK:
        seconds = abs(news.clock_ahead) // timedelta(seconds=1)
        if news.clock_ahead > timedelta(0):
            yield f"the clock of this machine is {seconds:,} s ahead of that of an address; one of both is wrong"
        else:
            yield f"the clock of this machine is {seconds:,} s behind that of an address; one of both is wrong"


def _pinned(chosen: Pin, store: Path) -> str:
    return say("{} root {} is an anchor of {} now", chosen.authority, str(chosen.version), harmless(str(store)))


COMMANDS: Final = (pin, unpin, update, show, why)

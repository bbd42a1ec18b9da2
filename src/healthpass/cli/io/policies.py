"""Policies and risk maps as files: sources, which officers review, and documents, which gates take."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

import typer

from healthpass import PublicKey, Words, harmless
from healthpass.authority import Kind, is_document
from healthpass.cli.errors import DONE, NOT_VALID, CommandError
from healthpass.cli.io.documents import read_bounded, refusing_file
from healthpass.cli.io.output import answering, json_line, put, tell_findings
from healthpass.cli.language import said, say
from healthpass.deciding import (
    Policy,
    PolicyFinding,
    RiskMap,
    UnverifiedDocument,
    inspect_document,
    open_map,
    open_policy,
    read_map,
    read_policy,
    write_source,
)

_OTHER: Final = {Kind.POLICY: "`healthpass map`", Kind.RISK_MAP: "`healthpass policy`"}


class OfficeFile(NamedTuple):
    """A policy or a risk map, of a source or of a document.

    Attributes:
        path: its file.
        content: what it says.
        document: the document; None for a source.
        data: what the file holds.
    """

    path: Path
    content: Policy | RiskMap
    document: UnverifiedDocument | None
    data: bytes

    @property
    def policy(self) -> Policy:
        """What it says; it has been loaded as a policy."""
        assert isinstance(self.content, Policy)  # noqa: S101
        return self.content

    @property
    def risk_map(self) -> RiskMap:
        """What it says; it has been loaded as a risk map."""
        assert isinstance(self.content, RiskMap)  # noqa: S101
        return self.content


def load(path: Path, kind: Kind) -> OfficeFile:
    """Read a source or a document; nobody has verified its signature.

    Raises:
        CommandError: when it cannot be read, or is something else.
    """
    data = read_bounded(path)
    with refusing_file(path):
        if not is_document(data):
            read = read_policy if kind is Kind.POLICY else read_map
            return OfficeFile(path, read(data), None, data)
        document = inspect_document(data)
    expected = Policy if kind is Kind.POLICY else RiskMap
    content = document.document.content
    if not isinstance(content, expected):
        raise CommandError(
            f"{str(path)!r} is no {kind.label}, but the other kind of document of an office",
            hint=f"{_OTHER[kind]} is for those",
        )
    return OfficeFile(path, content, document, data)


def a_policy(said: str, metavar: str = "policy.json|policy.cbor") -> Any:
    """Return the argument that is a policy, a source or a document."""
    return typer.Argument(metavar=metavar, parser=lambda text: load(Path(text), Kind.POLICY), help=said)


def a_map(said: str, metavar: str = "map.json|map.cbor") -> Any:
    """Return the argument that is a risk map, a source or a document."""
    return typer.Argument(metavar=metavar, parser=lambda text: load(Path(text), Kind.RISK_MAP), help=said)


Maps: TypeAlias = Annotated[
    list[OfficeFile] | None,
    typer.Option(
        "--map",
        metavar="map.json|map.cbor",
        parser=lambda text: load(Path(text), Kind.RISK_MAP),
        help="The risk maps of the offices that the policy names, in its order. Repeatable.",
    ),
]


def contents(policy: Policy, maps: list[OfficeFile] | None) -> list[RiskMap]:
    """Return what the maps of a policy say.

    Raises:
        CommandError: when the policy names fewer offices.
    """
    given_maps = maps or []
    if len(given_maps) > len(policy.maps):
        raise CommandError(
            f"{len(given_maps)} maps are given, and the policy names {len(policy.maps)}",
            hint="give the map of each office under `maps`, in that order",
        )
    return [one.risk_map for one in given_maps]


def verified(loaded: OfficeFile, kind: Kind, key: PublicKey) -> None:
    """Verify the signature of a document by a key.

    Raises:
        CommandError: when it is a source, or another key has signed it.
    """
    if loaded.document is None:
        raise CommandError(f"{str(loaded.path)!r} is a source, which nobody has signed")
    with refusing_file(loaded.path):
        (open_policy if kind is Kind.POLICY else open_map)(loaded.data, key)


def source_of(content: Policy | RiskMap) -> dict[str, Any]:
    """Return what a policy or a map says, as its source has it."""
    found: dict[str, Any] = json.loads(write_source(content))
    return found


def put_words(lines: Iterable[Words]) -> None:
    """Tell lines."""
    for line in lines:
        put(harmless(said(line)))


def put_differences(changes: Sequence[Words]) -> None:
    """Tell what has changed, or that nothing has."""
    if not changes:
        put(say("nothing has changed"))
    for change in changes:
        put(f"- {harmless(said(change))}")


def tell_check(path: Path, findings: Sequence[PolicyFinding], *, as_json: bool) -> None:
    """Tell what a check has found, and leave with 1 if there is an error.

    Raises:
        typer.Exit: with the exit code.
    """
    refused = any(finding.severity == "error" for finding in findings)
    verdict = "refused" if refused else "accepted"  # in JSON
    with answering():
        if as_json:
            put(json_line({"verdict": verdict, "findings": [finding._asdict() for finding in findings]}))
        else:
            tell_findings(findings)
            name = harmless(str(path))
            put(say("refused: {}", name) if refused else say("accepted: {}", name))
    raise typer.Exit(NOT_VALID if refused else DONE)


def refuse(path: Path, findings: Sequence[PolicyFinding], allowed: Iterable[str]) -> None:
    """Tell findings, and refuse errors that are not named.

    Raises:
        CommandError: with exit code 1, when there is one.
    """
    tell_findings(findings)
    refused = sorted({one.code for one in findings if one.severity == "error"}.difference(allowed))
    if refused:
        raise CommandError(
            f"{str(path)!r} is refused: {', '.join(refused)}",
            hint=f"whoever means it all the same adds {' '.join(f'--force {code}' for code in refused)}",
            exit_code=NOT_VALID,
        )

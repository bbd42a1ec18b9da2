"""`healthpass tally`: what gates did, merged and published without a trace of a person."""

from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import harmless
from healthpass.cli.errors import CANNOT_JUDGE
from healthpass.cli.io.arguments import AsJson, At, new_file
from healthpass.cli.io.documents import refusing_file
from healthpass.cli.io.files import NewFiles, read, replace
from healthpass.cli.io.output import answering, json_line, put
from healthpass.cli.language import say
from healthpass.cli.show.times import now
from healthpass.deciding import (
    Tally,
    merged,
    publishable,
    to_json,
    to_prometheus,
)
from healthpass.deciding import (
    fluency as fluency_of,
)

HELP: Final = (
    "Merge and publish counts of what gates did.\n\nGates count by the hour, and keep nothing of a person. What "
    "is published has no cell of fewer than eleven people."
)
_MAX: Final = 67_108_864  # bytes of one tally; the library says it too

_Files = Annotated[list[Path], typer.Argument(metavar="TALLY.json...", help="Tallies of gates or offices.")]


def merge(files: _Files, *, out: Annotated[Path, new_file("tally.json", "Where it goes; a new file.")]) -> None:
    """Merge tallies into one, in whatever order.

    It has exact counts: it is for the office, and not for publishing.
    """
    tally = _read(files)
    with NewFiles() as new, answering():
        new.create(out, tally.to_json())
        put(say("{}: {} people in {} cells", harmless(str(out)), tally.cells.total(), len(tally.cells)))


def publish(
    files: _Files,
    *,
    prometheus: Annotated[
        Path | None,
        typer.Option(metavar="FILE.prom", help="Write it for Prometheus, not as JSON; FILE is replaced."),
    ] = None,
    at: At = None,
) -> None:
    """Tell what may be published: the hours that have ended, with cells under eleven joined.

    Publish an hour once. Of two publications of it, the difference could be one person.
    """
    cells = publishable(_read(files), at=at or now())
    if prometheus is not None:
        replace(prometheus, to_prometheus(cells).encode())
        return
    with answering():
        put(to_json(cells).decode().rstrip("\n"))


def fluency(files: _Files, *, as_json: AsJson = False) -> None:
    """Tell which share of the authentic green codes of each region each region admits.

    Where recognition fails, it shows within the hour. Nothing is told of fewer than eleven codes.
    """
    shares = fluency_of(_read(files))
    with answering():
        if as_json:
            put(json_line({"fluency": [one._asdict() for one in shares]}))
            return
        for one in shares:
            put(say("{} in {}: {}", one.issued_in, one.shown_in, f"{one.share:.0%}"))
        if not shares:
            put(say("nothing to tell: fewer than eleven codes of any region"))


def _read(files: list[Path]) -> Tally:
    tallies = []
    for path in files:
        data = read(path, at_most=_MAX, exit_code=CANNOT_JUDGE)
        with refusing_file(path):
            tallies.append(Tally.from_json(data))
    return merged(tallies)


COMMANDS: Final = (merge, publish, fluency)

"""`healthpass map`: which level of risk a region has, as a table that an office keeps."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

from healthpass.authority import Kind, Names
from healthpass.cli.io.arguments import AsJson, At, given, new_file
from healthpass.cli.io.grants import NameEn, NameZh
from healthpass.cli.io.office_documents import Zone, create, diffing, showing, signing
from healthpass.cli.io.output import answering
from healthpass.cli.io.policies import OfficeFile, a_map, put_words, tell_check
from healthpass.cli.show.times import now
from healthpass.deciding import RiskMap, check_map, explain_map

HELP: Final = (
    "Write, check and sign risk maps.\n\nA risk map gives regions a level from 1 to 5, of which 5 is the greatest "
    "risk. Policies name the offices whose maps they ask."
)


def _read_level(text: str) -> int:
    if text not in set("12345"):
        raise ValueError("expected a level from 1 to 5")
    return int(text)


def new(
    *,
    name_zh: NameZh,
    name_en: NameEn,
    zone: Zone = 480,
    default: Annotated[
        int | None, given("--default", "LEVEL", _read_level, "The level of all other regions of the authority.")
    ] = None,
    out: Annotated[Path, new_file("map.json", "Where the source goes; a new file.")],
) -> None:
    """Write the source of a risk map to begin with.

    There is no region in it yet.
    """
    create(out, RiskMap(names=Names(name_zh, name_en), zone=zone, default=default))


def check(
    document: Annotated[OfficeFile, a_map("What to check.")], *, at: At = None, as_json: AsJson = False
) -> None:
    """Check a risk map: its form, and what is risky.

    Exit codes: 0 accepted, perhaps with warnings; 1 refused; 2 wrong usage; 3 a file cannot be read.
    """
    tell_check(document.path, check_map(document.risk_map, at=at or now()), as_json=as_json)


def explain(document: Annotated[OfficeFile, a_map("What to tell.")]) -> None:
    """Tell a risk map in plain words, region by region."""
    with answering():
        put_words(explain_map(document.risk_map))


def _checked(content: RiskMap, at: datetime) -> Any:
    return check_map(content, at=at)


COMMANDS: Final = (
    new,
    check,
    explain,
    diffing(Kind.RISK_MAP),
    signing(Kind.RISK_MAP, _checked),
    showing(Kind.RISK_MAP, explain_map),
)

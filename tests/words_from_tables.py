"""Write the rows of the tables in spec/tables into the modules of the room `words`.

`python tests/words_from_tables.py` writes them; with `--check` it only says which modules differ. A comment with
the name of a table marks the place in a module: the rows follow it, one a line, until a blank line or a bracket.
"""

import csv
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).resolve().parent.parent
TABLES: Final = ROOT / "spec" / "tables"
MODULES: Final = ROOT / "src" / "healthpass" / "words"
_PLACE: Final = re.compile(r"^( *)# ([a-z-]+)\.csv(?:: ([a-z]+))?\n((?:\1\S.*\n)*)", re.MULTILINE)

Row: TypeAlias = Mapping[str, str]


def table(name: str) -> list[dict[str, str]]:
    """Read a table; every cell is there."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


def quoted(text: str) -> str:
    """Write a text as Python has it."""
    return json.dumps(text, ensure_ascii=False)


def words(en: str, zh: str) -> str:
    """Write one thing in English and Chinese."""
    return f"Words({quoted(en)}, {quoted(zh)})"


def member(name: str, *cells: object) -> str:
    """Write a member of an enumeration."""
    return f"{name.upper().replace('-', '_')} = {', '.join(map(str, cells))}"


def number(row: Row) -> str:
    """Write a code that is a number."""
    return member(row["name"], row["value"], words(row.get("en", row["name"]), row["zh"]))


def color(row: Row) -> str:
    """Write a colour, with its symbol."""
    return f"{number(row)}, {quoted(row['symbol'])}"


def document_type(row: Row) -> str:
    """Write a type of document."""
    return member(
        row["name"],
        quoted(row["name"]),
        words(row["en"], row["zh"]),
        "r" + quoted(row["spelling"]),
        row["check"] == "mod-11-2",
        quoted(row["example"]),
    )


def verdict(row: Row) -> str:
    """Write a verdict."""
    return member(
        row["verdict"],
        quoted(row["verdict"]),
        row["step"] or 0,
        quoted(row["outcome"]),
        row["waivable"] == "yes",
        words(row["guard_en"], row["guard_zh"]),
        words(row["holder_en"], row["holder_zh"]),
    )


def outcome(row: Row) -> str:
    """Write an outcome."""
    return member(row["outcome"], quoted(row["outcome"]), quoted(row["kind"]), words(row["meaning"], row["zh"]))


def finding(row: Row) -> str:
    """Write a finding; `case` tells those of one code apart."""
    name = f"{row['code']}-{row['case']}" if row["case"] else row["code"]
    return member(name, quoted(name), quoted(row["code"]), quoted(row["severity"]), words(row["en"], row["zh"]))


def issuing_finding(row: Row) -> str:
    """Write what an office's software finds."""
    return member(row["code"], quoted(row["code"]), words(row["en"], row["zh"]))


def coloring_event(row: Row) -> str:
    """Write an event of colour rules, with the members that it has."""
    names = row["members"].split()
    members = ", ".join(map(quoted, names)) + "," * (len(names) == 1)
    return member(row["event"], quoted(row["event"]), words(row["en"], row["zh"]), f"({members})")


def coloring_kind(row: Row) -> str:
    """Write a kind of such an event."""
    return member(row["kind"], quoted(row["kind"]), words(row["en"], row["zh"]), quoted(row["event"]))


def document_kind(row: Row) -> str:
    """Write a kind of document."""
    cells = f"{quoted(row['typ'])}, {int(row['max_bytes']):_}, {row['max_days']}"
    return f"{quoted(row['kind'])}: ({cells}),"


def published_key(row: Row) -> str:
    """Write a published key."""
    return f"{quoted(row['public_key'])},  # {row['source']}"


def code_points(row: Row) -> str:
    """Write a range of code points."""
    hint = f", {quoted(row['hint'])}" if row["refused_by"] == "issuer" else ""
    return f"(0x{row['first']}, 0x{row['last']}{hint}),  # {row['kind']}"


WRITERS: Final[dict[str, Callable[[Row], str]]] = {
    "colors": color,
    "reasons": number,
    "evidence-types": number,
    "test-results": number,
    "test-methods": number,
    "key-uses": number,
    "key-end-reasons": number,
    "actions": number,
    "duties": number,
    "shown": number,
    "document-types": document_type,
    "verdicts": verdict,
    "outcomes": outcome,
    "findings": finding,
    "issuing-findings": issuing_finding,
    "coloring-events": coloring_event,
    "coloring-kinds": coloring_kind,
    "document-kinds": document_kind,
    "published-keys": published_key,
    "forbidden-code-points": code_points,
}


def written(module: str) -> str:
    """Return the text of a module, with the rows of the tables in their places."""

    def put(place: re.Match[str]) -> str:
        indent, name, part, _ = place.groups()
        rows = [row for row in table(name) if part in {None, row.get("refused_by")}]
        head = place[0].partition("\n")[0]
        return "\n".join((head, *(indent + WRITERS[name](row) for row in rows), ""))

    return _PLACE.sub(put, module)


def places() -> Iterator[str]:
    """Give the name of the table of each place in a module."""
    for path in sorted(MODULES.glob("*.py")):
        yield from (place[2] for place in _PLACE.finditer(path.read_text("utf-8")))


def differing() -> dict[Path, str]:
    """Return the modules whose rows are not those of the tables, with what they should be."""
    texts = {path: path.read_text("utf-8") for path in sorted(MODULES.glob("*.py"))}
    return {path: new for path, text in texts.items() if (new := written(text)) != text}


def main() -> int:
    """Write the rows, or say which modules differ."""
    new = differing()
    for path, text in new.items():
        if "--check" not in sys.argv[1:]:
            path.write_text(text, "utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return bool(new and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

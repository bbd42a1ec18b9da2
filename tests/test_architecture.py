"""The page of the architecture, in both languages: its rooms, arrows, files and steps are those of the code."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from test_direction import FLOORS, IMPORTS, MODULES, RANK, SOURCE, room_of

TOP = Path(__file__).resolve().parent.parent
FRONT = {"__init__", "fetch", "qr", "scan", "sheet"}
PAGES = ["architecture.md", "architecture.zh.md"]
SVG = "{http://www.w3.org/2000/svg}"


def rooms_of(page: str) -> dict[str, set[str]]:
    """Return the rooms of the page's first table, from its top, and what each says that it imports."""
    rows = re.findall(r"^\| `(\w+)` \|.*\|([^|]*)\|$", page, re.MULTILINE)
    return {room: set(re.findall(r"`(\w+)`", imports)) for room, imports in rows}


def imported_by(room: str) -> set[str]:
    """Return the other rooms that the files of a room import."""
    files = [name for name, path in MODULES.items() if room_of(path) == room]
    return {room_of(MODULES[target]) for name in files for target in IMPORTS[name]} - {room}


@pytest.mark.parametrize("name", PAGES)
class TestPage:
    def test_has_a_row_for_each_room_in_the_order_of_floors(self, name: str) -> None:
        """The table has each folder once, and goes down the floors."""
        rooms = list(rooms_of((TOP / "docs" / name).read_text("utf-8")))
        assert sorted(rooms) == sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
        assert sorted(rooms) == sorted({room for floor in FLOORS for room in floor} - FRONT)
        ranks = [RANK[room] for room in rooms]
        assert ranks == sorted(ranks, reverse=True)

    def test_names_the_arrows(self, name: str) -> None:
        """Each room imports what its row says; the command line has a rule of its own."""
        rooms = rooms_of((TOP / "docs" / name).read_text("utf-8"))
        assert rooms.pop("cli") == set()
        assert rooms == {room: imported_by(room) for room in rooms}

    def test_names_files_that_exist(self, name: str) -> None:
        """Each file that the page names is there, in the library or beside it."""
        files = re.findall(r"`([\w-]+/[\w/.-]*)`", (TOP / "docs" / name).read_text("utf-8"))
        assert len(files) > 8
        assert [file for file in files if not (SOURCE / file).exists() and not (TOP / file).exists()] == []


class TestPicture:
    def test_shows_each_room_on_its_floor(self) -> None:
        """The names in the picture stand at the heights of the floors."""
        root = ET.fromstring((TOP / "docs/assets/architecture.svg").read_text("utf-8"))  # noqa: S314 - our own
        heights: dict[int, list[str]] = {}
        for text in root.iter(f"{SVG}text"):
            for word in (text.text or "").split():
                if word in RANK or word == "healthpass":
                    room = "__init__" if word == "healthpass" else word
                    heights.setdefault(-int(text.attrib["y"]), []).append(room)
        assert [sorted(heights[y]) for y in sorted(heights)] == FLOORS

    def test_says_what_it_shows(self) -> None:
        """The picture has a title and a description, for those who do not see it."""
        root = ET.fromstring((TOP / "docs/assets/architecture.svg").read_text("utf-8"))  # noqa: S314 - our own
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert description is not None
        assert all(room in (description.text or "") for floor in FLOORS for room in floor if room != "__init__")

"""The rooms of the library, and the direction of imports: from the command line down to the codec, never back."""

import ast
import importlib
from pathlib import Path
from statistics import median

import healthpass

SOURCE = Path(healthpass.__file__).parent
# From the bottom up. A room imports from rooms below its own; inside a room, nothing runs in a circle.
FLOORS = [
    ["words"],
    ["codec"],
    ["credential"],
    ["coloring", "presentation"],
    ["documents"],
    ["trust"],
    ["deciding"],
    ["verifying"],
    ["issuing"],
    ["authority", "drawing", "ledger", "shared", "signers", "store"],
    ["__init__", "bulk", "chinese", "fetch", "health", "qr", "scan", "sheet"],  # what users import
    ["cli"],
]
RANK = {room: rank for rank, floor in enumerate(FLOORS) for room in floor}
OUTSIDE = {
    "bulk",
    "chinese",
    "cli",
    "drawing",
    "fetch",
    "health",
    "ledger",
    "qr",
    "scan",
    "shared",
    "sheet",
    "signers",
    "store",
}  # these may do input and output

ROOMS = [
    "authority",
    "bulk",
    "chinese",
    "coloring",
    "deciding",
    "fetch",
    "health",
    "ledger",
    "ledger.contract",
    "ledger.postgres",
    "qr",
    "scan",
    "shared",
    "sheet",
    "signers",
    "store",
]
PUBLIC = {"healthpass", *(f"healthpass.{room}" for room in ROOMS)}


def room_of(path: Path) -> str:
    """Return the name of the room, or of the file at the front, that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in SOURCE.rglob("*.py")}


def imports_of(path: Path) -> set[str]:
    """Return the modules of healthpass that a file imports, also within its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports by a relative path"
            module = node.module or ""
            if module.split(".")[0] == "healthpass":
                submodules = {f"{module}.{alias.name}" for alias in node.names} & MODULES.keys()
                found |= submodules if len(submodules) == len(node.names) else {module, *submodules}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "healthpass"}
    return found


IMPORTS = {name: imports_of(path) for name, path in MODULES.items()}


def reached_from(name: str) -> set[str]:
    """Return all modules that an import of one brings along."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        if (module := waiting.pop()) not in found:
            found.add(module)
            waiting += IMPORTS[module]
    return found


class TestDirection:
    def test_every_room_has_a_floor(self) -> None:
        """A new room is given its place in the order."""
        assert {room_of(path) for path in MODULES.values()} == set(RANK)

    def test_imports_point_down(self) -> None:
        """Each import of another room points to a lower floor."""
        wrong = [
            f"{name} -> {target}"
            for name, path in MODULES.items()
            for target in IMPORTS[name]
            if (room := room_of(MODULES[target])) != room_of(path) and RANK[room] >= RANK[room_of(path)]
        ]
        assert wrong == []

    def test_nothing_runs_in_a_circle(self) -> None:
        """No module is reached from what it imports."""
        circles = [name for name in MODULES if any(name in reached_from(target) for target in IMPORTS[name])]
        assert circles == []

    def test_verifying_needs_no_updater(self) -> None:
        """What `verify` brings along are views: neither states, nor what changes or makes them."""
        updater = {"_held", "_offer", "_state", "_trust", "_update", "_views"}
        reached = reached_from("healthpass.verifying._verify")
        assert reached & {f"healthpass.trust.{name}" for name in updater} == set()
        assert reached & {"healthpass.documents._root", "healthpass.documents._bundle"} == set()

    def test_files_are_short(self) -> None:
        """No file holds more than one concept: none has more than 400 lines, and half of them at most 180."""
        sizes = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
        assert [name for name, size in sizes.items() if size > 400] == []
        assert 100 <= median(sizes.values()) <= 180

    def test_the_core_does_no_io(self) -> None:
        """The core opens nothing, and reads the clock in one place."""
        for path in (path for path in MODULES.values() if room_of(path) not in OUTSIDE):
            nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
            assert not {"open", "print", "input"} & {n.id for n in nodes if isinstance(n, ast.Name)}, path.name
            imports = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
            imports |= {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
            assert not {"http", "io", "os", "pathlib", "socket", "time", "urllib"} & imports, path.name
            reads_clock = any(isinstance(n, ast.Attribute) and n.attr in {"now", "today"} for n in nodes)
            assert reads_clock == (path.name == "_time.py"), path.name

    def test_every_room_says_what_it_is_for(self) -> None:
        """A room's own file is its docstring, and rooms that users import add what they offer."""
        for room in set(RANK) - {"__init__", "fetch", "qr", "scan", "sheet"}:
            tree = ast.parse((SOURCE / room / "__init__.py").read_text("utf-8"))
            assert len(ast.get_docstring(tree) or "") > 80, room
            if room not in {*OUTSIDE, "authority", "coloring", "deciding"}:
                assert len(tree.body) == 1, room


class TestInterface:
    def test_all_is_sorted_and_true(self) -> None:
        """`__all__` is sorted, and names what is there."""
        assert healthpass.__all__ == sorted(healthpass.__all__)
        assert all(hasattr(healthpass, name) for name in healthpass.__all__)

    def test_every_public_name_is_documented(self) -> None:
        """Each public class and function has a docstring that says more than its name."""
        for name in healthpass.__all__:
            thing = getattr(healthpass, name)
            if isinstance(thing, type) or callable(thing):
                assert len(thing.__doc__ or "") > 20, name

    def test_the_command_line_imports_what_users_import(self) -> None:
        """The command line needs nothing that the interface does not offer."""
        assert [name for name, path in MODULES.items() if room_of(path) == "cli" and privately(name)] == []


def privately(module: str) -> list[str]:
    """Return what a module of the command line imports from healthpass beside the interface and its own room."""
    found = []
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("healthpass")]
        elif isinstance(node, ast.ImportFrom) and (source := node.module or "").split(".")[0] == "healthpass":
            names = {alias.name for alias in node.names if f"{source}.{alias.name}" not in PUBLIC}
            if source in PUBLIC and names <= set(importlib.import_module(source).__all__):
                continue
            if source.split(".")[:2] != ["healthpass", "cli"]:
                found.append(source)
    return found

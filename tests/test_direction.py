"""The direction of imports: from the command line down to the codec, never back."""

import ast
from pathlib import Path

import healthpass

SOURCE = Path(healthpass.__file__).parent
# From the bottom up. A module imports from layers below its own, and never from its own.
LAYERS = [
    ["_advice", "_outcomes"],
    ["_verdicts"],
    ["_errors"],
    ["_text", "_cbor", "_cose", "_time", "_pem", "_regions", "_holder", "_spelling"],
    ["_keys", "_model", "_paper"],
    ["_evidence"],
    ["_health"],
    ["_binding", "_claims", "_replay", "_status_places"],
    ["_scope", "_presentation", "_document"],
    ["_fields"],
    ["_statement"],
    ["_root", "_registry_document", "_key_request"],
    ["_status_list"],
    ["_bundle", "_offer"],
    ["_held"],
    ["_held_lists"],
    ["_state"],
    ["_edge"],
    ["_registry"],
    ["_trust"],
    ["authority"],
    ["_judge"],
    ["_issue", "_verify", "_inspect", "_present", "_challenge"],
    ["_issuer"],
    ["__init__"],
    ["_caption"],
    ["qr", "scan"],
    ["_sheet"],
    ["sheet"],
    ["fetch"],
    ["ledger", "store"],
    ["cli"],
]
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}


def module_of(path: Path) -> str:
    """Return the name of the top-level module or package of a file."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_by(path: Path) -> set[str]:
    """Return the modules of healthpass that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "healthpass":
            assert not node.level, f"{path.name} imports by a relative path"
            below = (node.module or "").split(".")[1:]
            names = [alias.name for alias in node.names]
            found |= {below[0]} if below else {name if name in RANK else "__init__" for name in names}
        elif isinstance(node, ast.Import):
            found |= {[*a.name.split("."), "__init__"][1] for a in node.names if a.name.startswith("healthpass")}
    return found


class TestDirection:
    def test_every_module_has_a_layer(self) -> None:
        """A new module is given its place in the order."""
        assert {module_of(path) for path in SOURCE.rglob("*.py")} <= set(RANK)

    def test_imports_point_down(self) -> None:
        """Each import points to a lower layer."""
        wrong = [
            f"{path.relative_to(SOURCE)} -> {target}"
            for path in SOURCE.rglob("*.py")
            for target in imported_by(path) - {module_of(path)}
            if RANK[target] >= RANK[module_of(path)]
        ]
        assert wrong == []

    def test_files_are_short(self) -> None:
        """No file holds more than one concept: none has more than 400 lines."""
        long = [path.name for path in SOURCE.rglob("*.py") if len(path.read_text("utf-8").splitlines()) > 400]
        assert long == []

    def test_the_core_does_no_io(self) -> None:
        """The core opens nothing, and reads the clock in one place."""
        for path in {*SOURCE.glob("_*.py"), *SOURCE.glob("authority/*.py")} - {SOURCE / "_caption.py"}:
            nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
            assert not {"open", "print", "input"} & {n.id for n in nodes if isinstance(n, ast.Name)}, path.name
            imports = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
            imports |= {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
            assert not {"http", "io", "os", "pathlib", "socket", "time", "urllib"} & imports, path.name
            reads_clock = any(isinstance(n, ast.Attribute) and n.attr in {"now", "today"} for n in nodes)
            assert reads_clock == (path.name == "_time.py"), path.name


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

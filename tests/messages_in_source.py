"""Finds what the library says to people in English: each message of its source, as a template.

A template has `{}` for each value: `f"a seed has {SIZE} bytes, not {len(seed)}"` is `a seed has {} bytes, not {}`.
Where a value is a choice between texts, as in `f"it {'was' if done else 'is'} signed"`, there is a template for
each. A text that joins others, as `" or ".join(names)`, is `{} or {}`.

Every text that is prose counts, wherever it stands, so that no helper that builds an error can hide one. What does
not count is told by its form (docstrings, annotations, SQL, logs, texts with Chinese beside them) or by `SILENT`.

    python tests/messages_in_source.py    all of them, with their places
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).resolve().parent.parent / "src/healthpass"
HAN: Final = re.compile(r"[\u3400-\u9fff]")
PROSE: Final = re.compile(r"[A-Za-z')}\]][,:;]? +[a-z({]|[a-z}],? [A-Z0-9'*]|^,? [a-z]|[a-z,] $|^[;:] |[:;] $")
NO_PROSE: Final = re.compile(
    r"\s*\(?(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|BEGIN|COMMIT|ROLLBACK|SET|COPY|LOCK|SHOW|REVOKE"
    r"|WITH|LANGUAGE|FROM|WHERE|AND|ON)\b"  # SQL
    r"|.*(=\"\{|:=|<text|<path|-family=|codes\.|-----|GRANT ALL|CROSS JOIN|AS known|log\.facts|runpy)"  # SVG, PEM
    r"|[a-z_]+(, [a-z_]+)+$|# [A-Z]|healthpass_",  # columns, metrics
    re.DOTALL,
)
CALLS_WITHOUT: Final = {
    "_LOG",
    "Words",
    "compile",
    "execute",
    "executescript",
    "executemany",
    "calcsize",
    "skip",
    "removeprefix",
}
"""Functions and methods whose texts are no messages: logs, words with their Chinese, patterns, SQL."""
SILENT: Final = {
    "__init__.py": "names of modules and of what they hold",
    "chinese/": "the tables",
    "ledger/contract/": "the tests of a ledger, which its author runs with pytest",
    "verifying/_diagnostic.py": "the diagnostic notation of CBOR, in which comments are English",
    "authority/_differences.py: colors {}": "its Chinese is in another list",
    "deciding/_phrases.py: , the last at least {} days ago": "its Chinese is in another text",
    "deciding/_phrases.py: {} and {}": "its Chinese is in another text",
    "deciding/_phrases.py:  and ": "its Chinese is in another text",
    "deciding/_tally_published.py: What gates did": "the help of a metric",
    "drawing/_caption.py: Hiragino": "a font",
    "drawing/_caption.py: STHeiti": "a font",
    "drawing/_caption.py: 'Noto": "fonts",
    "issuing/_source.py: {} cti {} key": "the form of the ground of a converted code (CNV-4)",
    "ledger/_allocator.py: a block of": "the name of a case that its caller answers itself",
    "ledger/_lists.py: a counter of": "the name of a case that its caller answers itself",
    "words/_verdicts.py: not valid": "an outcome, which is a code",
    "words/_verdicts.py: cannot judge": "an outcome, which is a code",
}
"""What is no message: a folder, a file, or the beginning of a template in a file; and why."""


@dataclass(frozen=True)
class Message:
    """A message of the source, or a piece of one."""

    en: str
    """The template."""
    place: str
    """The file below `src/healthpass`, and the line."""


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a text that is written here, at least in a part."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Add() | ast.Mult()):
            return is_text(node.left) or is_text(node.right)
        case ast.IfExp():
            return is_text(node.body) or is_text(node.orelse)
        case ast.BoolOp(op=ast.Or()):
            return any(map(is_text, node.values))
    return False


def templates(node: ast.expr) -> list[str]:  # noqa: PLR0911 - one for each form
    """Return the templates of an expression, one for each choice in it."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.FormattedValue():
            return templates(node.value) if is_text(node.value) else ["{}"]
        case ast.JoinedStr():
            return ["".join(parts) for parts in product(*map(templates, node.values))]
        case ast.BinOp(op=ast.Add()) if is_text(node):
            return [left + right for left, right in product(templates(node.left), templates(node.right))]
        case ast.BinOp(op=ast.Mult()) if is_text(node):
            return ["", *templates(node.left if is_text(node.left) else node.right)]
        case ast.IfExp() if is_text(node):
            return [*templates(node.body), *templates(node.orelse)]
        case ast.BoolOp(op=ast.Or()) if is_text(node):
            return [one for value in node.values for one in templates(value)]
    return ["{}"]


def name_of(call: ast.Call) -> str:
    """Return the last name of what is called."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="_LOG")):
            return "_LOG"
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


class _Reader(ast.NodeVisitor):
    """Walks one file, and collects its texts."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Message] = []

    def visit(self, node: ast.AST) -> None:
        """Take an expression that is a text; walk on into all else."""
        if isinstance(node, ast.expr) and is_text(node):
            self._take(node)
            self._walk_values(node)
        else:
            super().visit(node)

    def _walk_values(self, node: ast.AST) -> None:
        """Walk into the values of a text, which may hold texts of their own."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and (is_text(child) or isinstance(child, ast.FormattedValue)):
                if isinstance(child, ast.FormattedValue) and not is_text(child.value):
                    self.visit(child.value)
                elif isinstance(node, ast.IfExp) and child is node.test:
                    self.visit(child)
                else:
                    self._walk_values(child)
            elif isinstance(child, ast.expr):
                self.visit(child)

    def _take(self, node: ast.expr) -> None:
        for text in templates(node):
            if (
                PROSE.search(text)
                and re.search("[A-Za-z]{2}", text)
                and not (HAN.search(text) or NO_PROSE.match(text))
            ):
                self.add(text, node.lineno)

    def add(self, template: str, line: int) -> None:
        """Add a message, unless it is silent."""
        if not any(f"{self.file}: {template}".startswith(one) for one in SILENT):
            self.found.append(Message(template, f"{self.file}:{line}"))

    def visit_Expr(self, node: ast.Expr) -> None:
        """Pass over a docstring."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Pass over what nobody reads, and over what has its Chinese beside it."""
        name = name_of(node)
        if isinstance(node.func, ast.Attribute) and name == "join" and isinstance(node.func.value, ast.Constant):
            joint = node.func.value.value
            if isinstance(joint, str) and re.search("[a-z]", joint):
                self.add(f"{{}}{joint}{{}}", node.lineno)
            for one in node.args:
                self.visit(one)
        elif name in CALLS_WITHOUT or _has_chinese(node):
            for one in (*node.args, *(word.value for word in node.keywords)):
                if not is_text(one):
                    self.visit(one)
        else:
            self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        """Pass over a text that has its Chinese beside it."""
        for one in node.elts:
            if not (is_text(one) and _has_chinese(node)):
                self.visit(one)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Pass over the annotation."""
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """Pass over an annotation."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Pass over the annotation of what it returns, and over what is written for programmers alone."""
        if node.name != "__repr__":
            for one in (*node.decorator_list, node.args, *node.body):
                self.visit(one)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Pass over the annotation of what it returns."""
        for one in (*node.decorator_list, node.args, *node.body):
            self.visit(one)


def _has_chinese(node: ast.Call | ast.Tuple) -> bool:
    """Whether one of the texts in a row is Chinese."""
    row = node.args if isinstance(node, ast.Call) else node.elts
    return any(HAN.search(text) for one in row if is_text(one) for text in templates(one))


@cache
def trees() -> dict[str, ast.Module]:
    """Return the files of the library, but for those of the command line."""
    found = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
    left_out = ("cli/", *(one for one in SILENT if ": " not in one))
    return {
        name: ast.parse(path.read_text("utf-8")) for name, path in found.items() if not name.startswith(left_out)
    }


@cache
def messages() -> tuple[Message, ...]:
    """Return the messages of the library, in the order of its files."""
    found: list[Message] = []
    for name, tree in trees().items():
        reader = _Reader(name)
        reader.visit(tree)
        found += reader.found
    return tuple(found)


if __name__ == "__main__":
    for message in messages():
        print(f"{message.place}: {message.en}")  # noqa: T201 - a program

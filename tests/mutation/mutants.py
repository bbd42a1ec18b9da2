"""Making mutants: one change of a module's source each, found in its syntax tree.

Changes are spliced into the source text, so that line numbers stay true. A mutant is known by its module, the
function, class or constant around it, the kind of change and the text of it without names, never by its line.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from mutation.kinds import Edit, edits_of, is_number
from mutation.names import local_names, nameless


class Mutant(NamedTuple):
    """One changed copy of a module.

    Attributes:
        module: the module's name.
        scope: the function, class or constant around the change, with dots.
        kind: which sort of change it is.
        change: what is changed, without names; with a number where the same change occurs in a scope again.
        line: where it is now, for the reader alone.
        shown: the change as it reads now, for the reader too.
        source: the source of the whole module.
    """

    module: str
    scope: str
    kind: str
    change: str
    line: int
    shown: str
    source: str


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Return all mutants of a module, in the order of their lines."""
    made: list[Mutant] = []
    sources = {source}
    seen: Counter[tuple[str, str, str]] = Counter()
    text = source.encode()  # the columns of syntax trees count bytes
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for scope, around, edit in _walk(ast.parse(source), (), None, source):
        node: Any = edit.node
        start, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        shown = edit.said or f"{' '.join(text[start:end].decode().split())} -> {edit.after}"
        change = nameless(shown, local_names(around))
        seen[scope, edit.kind, change] += 1
        if (count := seen[scope, edit.kind, change]) > 1:
            change += f" #{count}"
        changed = (text[:start] + edit.after.encode() + text[end:]).decode()
        if changed not in sources:
            sources.add(changed)
            made.append(Mutant(module, scope, edit.kind, change, node.lineno, shown, changed))
    return sorted(made, key=lambda mutant: mutant.line)


def _walk(
    node: ast.AST, names: tuple[str, ...], around: ast.AST | None, source: str
) -> Iterator[tuple[str, ast.AST, Edit]]:
    """Walk a tree and give each edit with its scope, and the outermost function or the statement around it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        names = (*names, node.name)
    elif isinstance(node, ast.AnnAssign) and not names:
        names = (ast.unparse(node.target),)
    if isinstance(node, ast.stmt) and not isinstance(around, ast.FunctionDef):
        around = node
    for edit in edits_of(node, source):
        yield ".".join(names), around or node, edit
    for child in _children(node):
        yield from _walk(child, names, around, source)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Give the parts of a node that are code: no documentation, no types of arguments, no messages."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom | ast.arg) or (
        # A number is changed as a whole.
        isinstance(node, ast.Assign | ast.AnnAssign | ast.UnaryOp | ast.BinOp)
        and is_number(getattr(node, "value", node))
    ):
        return
    hidden = {"returns"}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        hidden.add("decorator_list")
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in hidden:
                yield child

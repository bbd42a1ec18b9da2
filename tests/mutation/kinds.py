"""The kinds of changes: what can be wrong with one node of a syntax tree."""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

_FLIPPED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_METHODS: Final = {"fullmatch": "match", "match": "search", "search": "match"}
_HEX: Final = re.compile(r"[0-9a-f]{2}")
# In a regular expression: a number of repetitions, a range of characters, a look-ahead.
_REPEATED: Final = re.compile(r"(?<=[{,])[0-9]+(?=[,}])")
_RANGE: Final = re.compile(r"[0-9A-Z]-[0-9A-Z]")
_LOOKAHEAD: Final = re.compile(r"\(\?![^)]*\)")


class Edit(NamedTuple):
    """A change: which node is replaced by which text.

    Attributes:
        kind: which sort of change it is.
        node: what is replaced.
        after: the new text.
        said: what is said of the change; the text before and after unless given.
    """

    kind: str
    node: ast.AST
    after: str
    said: str = ""


def is_number(node: ast.AST | None) -> bool:
    """Tell whether a node is an integer, or made of integers alone."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    if isinstance(node, ast.BinOp):
        return is_number(node.left) and is_number(node.right)
    return isinstance(node, ast.UnaryOp) and is_number(node.operand)


def edits_of(node: ast.AST, source: str) -> Iterator[Edit]:
    """Give the changes of one node, not of what is in it."""
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield from _patterns(node, ast.get_source_segment(source, node) or "")
    elif edits := _BY_TYPE.get(type(node)):
        yield from edits(node)


def _conditions(node: ast.If | ast.IfExp) -> Iterator[Edit]:
    test = ast.unparse(node.test)
    # The test still runs: it may bind a name, or raise.
    yield Edit("check", node.test, f"(({test}) and False)", f"never: {test}")
    if isinstance(node, ast.IfExp) or not isinstance(node.body[-1], ast.Raise):
        yield Edit("check", node.test, f"(({test}) or True)", f"always: {test}")


def _operands(node: ast.BoolOp) -> Iterator[Edit]:
    for place, value in enumerate(node.values):
        yield Edit("operand", node, f"({_without(node, 'values', place)})", f"without {ast.unparse(value)}")


def _comparisons(node: ast.Compare) -> Iterator[Edit]:
    for place, operator in enumerate(node.ops):
        changed = copy.copy(node)
        changed.ops = [*node.ops[:place], _FLIPPED[type(operator)](), *node.ops[place + 1 :]]
        yield Edit("edge", node, f"({ast.unparse(changed)})")
    if len(node.ops) > 1:  # a < b < c are two conditions
        for place in (0, -1):
            changed = copy.copy(node)
            changed.ops = node.ops[1:] if place == 0 else node.ops[:-1]
            changed.left = node.comparators[0] if place == 0 else node.left
            changed.comparators = node.comparators[1:] if place == 0 else node.comparators[:-1]
            yield Edit("operand", node, f"({ast.unparse(changed)})")


def _values(node: ast.Constant | ast.UnaryOp) -> Iterator[Edit]:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        yield Edit("flag", node, str(not value))
    elif is_number(node):
        number = ast.literal_eval(node)
        yield Edit("number", node, f"({number + 1})")
        yield Edit("number", node, f"({number - 1})")
    elif isinstance(value, bytes):
        for place, byte in enumerate(value):
            yield Edit("byte", node, repr(value[:place] + bytes([byte ^ 1]) + value[place + 1 :]))


def _signs(node: ast.BinOp) -> Iterator[Edit]:
    if isinstance(node.op, ast.Add | ast.Sub):
        changed = copy.copy(node)
        changed.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield Edit("sign", node, f"({ast.unparse(changed)})")


def _validators(node: ast.Subscript) -> Iterator[Edit]:
    if isinstance(node.value, ast.Name) and node.value.id == "Annotated" and isinstance(node.slice, ast.Tuple):
        parts = [ast.unparse(part) for part in node.slice.elts]
        for place in range(1, len(parts)):
            kept = ", ".join(parts[:place] + parts[place + 1 :])
            yield Edit("validator", node, f"Annotated[{kept}]" if len(parts) > 2 else kept)


def _calls(node: ast.Call) -> Iterator[Edit]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in {"loads", "Field", "ConfigDict"}:
        for place in range(len(node.keywords)):
            yield Edit(
                "keyword", node, _without(node, "keywords", place), f"without {ast.unparse(node.keywords[place])}"
            )
    if name in _METHODS and isinstance(node.func, ast.Attribute):
        changed = copy.deepcopy(node)
        changed.func = ast.Attribute(node.func.value, _METHODS[name])
        yield Edit("pattern", node, ast.unparse(changed))
    if name == "fromhex" and isinstance(node.args[0], ast.Constant):
        text = str(node.args[0].value)
        for found in _HEX.finditer(text):
            byte = f"{int(found[0], 16) ^ 1:02x}"
            yield Edit("byte", node.args[0], repr(text[: found.start()] + byte + text[found.end() :]))


def _cases(node: ast.match_case) -> Iterator[Edit]:
    if node.guard is not None:
        yield Edit("guard", node.guard, "True")
        yield Edit("case", node.guard, "False")
    else:
        yield Edit("case", node.pattern, f"{ast.unparse(node.pattern)} if False")
    if isinstance(node.body[0], ast.Raise):
        yield Edit("step", node.body[0], "pass")
    for part in ast.walk(node.pattern):
        if isinstance(part, ast.MatchClass) and len(part.patterns) == 1:
            yield Edit("type", part, ast.unparse(part.patterns[0]))


def _patterns(node: ast.AST, segment: str) -> Iterator[Edit]:
    if not segment.startswith("r"):  # raw strings are regular expressions, and nothing else is
        return

    def replaced(found: re.Match[str], new: str) -> Edit:
        return Edit("pattern", node, segment[: found.start()] + new + segment[found.end() :])

    for found in _REPEATED.finditer(segment):
        yield replaced(found, str(int(found[0]) + 1))
        if found[0] != "0":
            yield replaced(found, str(int(found[0]) - 1))
    for found in _RANGE.finditer(segment):
        first, last = found[0][0], found[0][-1]
        for low, high in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            if ord(first) + low <= ord(last) + high:
                yield replaced(found, f"{chr(ord(first) + low)}-{chr(ord(last) + high)}")
    for found in _LOOKAHEAD.finditer(segment):
        yield replaced(found, "")


def _statements(node: ast.stmt) -> Iterator[Edit]:
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is not None and is_number(value):
            yield Edit("limit", value, f"({ast.unparse(value)}) + 1")
            yield Edit("limit", value, f"({ast.unparse(value)}) - 1")
        case ast.Expr(value=ast.Call()) | ast.Assign() | ast.AugAssign() | ast.Continue():
            yield Edit("step", node, "pass")
        case ast.Try(handlers=handlers):
            for handler in handlers:
                yield from _raises(handler.body)
                if isinstance(handler.type, ast.Tuple):
                    yield from _elements(handler.type)
        case ast.For(iter=ast.Tuple() as parts):
            yield from _elements(parts)
        case ast.FunctionDef(body=body):
            yield from _raises(body)
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        displays = (part for part in ast.walk(node.value) if isinstance(part, ast.Tuple | ast.Set | ast.Dict))
        for display in displays:
            yield from _elements(display)
            break  # what stands inside an element is no table


def _raises(body: list[ast.stmt]) -> Iterator[Edit]:
    """Remove what is raised unconditionally; what is raised by an `if` is removed with its condition."""
    for statement in body:
        if isinstance(statement, ast.Raise):
            yield Edit("step", statement, "pass")


def _elements(node: ast.Tuple | ast.Set | ast.Dict) -> Iterator[Edit]:
    """Remove each element of a table; only the element is named, a table is long."""
    parts = node.values if isinstance(node, ast.Dict) else node.elts
    for place, part in enumerate(parts):
        changed = copy.copy(node)
        if isinstance(changed, ast.Dict):
            changed.keys = [*changed.keys[:place], *changed.keys[place + 1 :]]
            changed.values = [*changed.values[:place], *changed.values[place + 1 :]]
        else:
            changed.elts = [*changed.elts[:place], *changed.elts[place + 1 :]]
        yield Edit("element", node, ast.unparse(changed), f"without {ast.unparse(part)}")


def _without(node: ast.BoolOp | ast.Call, field: str, place: int) -> str:
    """Write a node without one of its operands or keyword arguments."""
    changed = copy.copy(node)
    kept = [part for at, part in enumerate(getattr(node, field)) if at != place]
    setattr(changed, field, kept)
    return ast.unparse(kept[0] if isinstance(node, ast.BoolOp) and len(kept) == 1 else changed)


_BY_TYPE: Final[dict[type[ast.AST], Callable[[Any], Iterator[Edit]]]] = {
    ast.If: _conditions,
    ast.IfExp: _conditions,
    ast.BoolOp: _operands,
    ast.Compare: _comparisons,
    ast.Constant: _values,
    ast.UnaryOp: _values,
    ast.BinOp: _signs,
    ast.Subscript: _validators,
    ast.Call: _calls,
    ast.match_case: _cases,
}

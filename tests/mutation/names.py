"""Forgetting names: what a change says and what a scope is, whatever variables and private things are called."""

import ast
import copy
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

# A string, or a name that is neither a keyword argument nor a public attribute.
_WORD: Final = re.compile(
    r"""(?P<string>\b[rbf]*"[^"]*"|\b[rbf]*'[^']*'|"[^"]*"|'[^']*')"""
    r"""|(?P<name>(?<![\w.])[^\W\d]\w*+(?!=(?!=))|(?<=\.)_(?!_)\w*)"""
)
_PRIVATE: Final = re.compile(r"_[^\W_]\w*")
_MESSAGE: Final = re.compile(r"[a-z]{2} [a-z{]")
_SHAPE: Final = 6  # hexadecimal digits


class Scope(NamedTuple):
    """A function, a class or a constant.

    Attributes:
        name: what it is called, with dots.
        node: where it stands in the tree.
        variables: what may be called anything in it: the variables of the outermost function around it.
    """

    name: str
    node: ast.stmt
    variables: frozenset[str]


def scopes_of(tree: ast.AST, outer: tuple[str, ...] = (), known: frozenset[str] = frozenset()) -> Iterator[Scope]:
    """Give the functions, classes and constants of a module."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = (*outer, node.name)
            variables = known or (local_names(node) if isinstance(node, ast.FunctionDef) else frozenset())
            yield Scope(".".join(names), node, variables)
            yield from scopes_of(node, names, variables)
        elif isinstance(node, ast.AnnAssign) and not outer:
            yield Scope(ast.unparse(node.target), node, local_names(node))
        else:
            yield from scopes_of(node, outer, known)


def local_names(scope: ast.AST) -> frozenset[str]:
    """Return what a function binds; outside of functions what comprehensions and lambdas do."""
    names: set[str] = set()
    for node in ast.walk(scope):
        match node:
            case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) if isinstance(scope, ast.FunctionDef):
                names.add(name)
            case ast.FunctionDef(name=name) if node is not scope and isinstance(scope, ast.FunctionDef):
                names.add(name)
            case ast.comprehension(target=target):
                names |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return frozenset(names)


def nameless(text: str, names: Iterable[str]) -> str:
    """Write `a`, `b` in the order of their appearance for these names in a text, `_a`, `_b` for private ones.

    Messages become `...`: what they say decides nothing.
    """
    known = frozenset(names)
    letters: dict[str, str] = {}

    def letter(found: re.Match[str]) -> str:
        word = found[0]
        if found["string"]:
            return '"..."' if _MESSAGE.search(word) and word[0] != "r" else word
        if word not in known and not _PRIVATE.fullmatch(word):
            return word
        mark = "" if word in known else "_"
        number = sum(one.startswith("_") == bool(mark) for one in letters.values())
        return letters.setdefault(word, f"{mark}{chr(ord('a') + number % 26)}{number // 26 or ''}")

    return _WORD.sub(letter, text)


def shape_of(scope: Scope) -> str:
    """Return a short hash of what a scope does, whatever is called what in it, and whatever it tells people."""
    bare = copy.deepcopy(scope.node)
    if isinstance(bare, ast.FunctionDef | ast.ClassDef):
        body = bare.body[ast.get_docstring(bare) is not None :]
        if isinstance(bare, ast.ClassDef):  # its functions are scopes of their own
            body = [node for node in body if not any(isinstance(part, ast.FunctionDef) for part in ast.walk(node))]
        bare.name, bare.body = "SCOPE", body or [ast.Pass()]
    elif isinstance(bare, ast.AnnAssign):
        bare.target = ast.Name("SCOPE")
    text = nameless(ast.unparse(bare), scope.variables)
    return hashlib.sha256(text.encode()).hexdigest()[:_SHAPE]

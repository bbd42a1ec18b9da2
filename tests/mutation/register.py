"""The register of changes that no vector can notice, equivalent.toml, and how it survives a rename.

Each entry has a reason, and for each scope the changes that it excuses: kind and text, where `*` is any text. A
scope is `module.scope@shape`. It is found by its name, and where nothing has this name by its shape (names.py), so
that renaming a module, a function, a class, a constant or a variable leaves the register as true as it was, and so
does moving a scope from one module to another.
`run.py --renew` writes names and shapes anew.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from mutation.mutants import Mutant
from mutation.names import Scope, scopes_of, shape_of

REGISTER: Final = Path(__file__).with_name("equivalent.toml")
_PLACE: Final = re.compile(r'^"((\w+)\.([\w.]*)@([0-9a-f]*))" = ', re.MULTILINE)


class Place(NamedTuple):
    """A scope of a module, as the register names it."""

    module: str
    scope: str
    shape: str


class Excuse(NamedTuple):
    """Why no vector can notice some changes of a scope: `change` is kind and text, and `*` stands for any text."""

    module: str
    scope: str
    change: str
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        """Tell whether a mutant is one of them."""
        if (self.module, self.scope) != (mutant.module, mutant.scope):
            return False
        pattern = re.escape(self.change).replace(r"\*", ".*")
        return bool(re.fullmatch(pattern, f"{mutant.kind} {mutant.change}", re.DOTALL))


def excuses(sources: Mapping[str, str]) -> list[Excuse]:
    """Read the register, and find its scopes in the sources of modules."""
    text = REGISTER.read_text(encoding="utf-8")
    found = _found(text, sources)
    return [
        Excuse(*found[name][:2], change, entry["reason"])
        for entry in tomllib.loads(text)["equivalent"]
        for name, changes in entry.items()
        if name != "reason"
        for change in changes
    ]


def renewed(text: str, sources: Mapping[str, str]) -> str:
    """Return a register with the names and shapes of today."""
    found = _found(text, sources)

    def renew(match: re.Match[str]) -> str:
        module, name, scope = found[match[1]]
        return f'"{module}.{name}@{shape_of(scope)}" = '

    return _PLACE.sub(renew, text)


def _found(text: str, sources: Mapping[str, str]) -> dict[str, tuple[str, str, Scope]]:
    """Find each place of the register, by its name, or by its shape among what the register does not name."""
    places = {match[1]: Place(*match.groups()[1:]) for match in _PLACE.finditer(text)}
    today = {module: _scopes(source) for module, source in sources.items()}
    modules = dict(_modules(places.values(), today))
    named = {(modules[place.module], place.scope) for place in places.values()}
    unnamed = defaultdict(list)
    if any(place.scope not in today[modules[place.module]] for place in places.values()):
        for module, scopes in today.items():
            for scope in scopes:
                if (module, scope) not in named:
                    unnamed[shape_of(scopes[scope])].append((module, scope))
    found = {}
    for name, place in places.items():
        module = modules[place.module]
        alike = [(module, place.scope)] if place.scope in today[module] else unnamed[place.shape]
        if len(alike) > 1:
            alike = [one for one in alike if one[0] == module]
        if len(alike) == 1:
            module, scope = alike[0]
            found[name] = module, scope, today[module][scope]
    if lost := places.keys() - found.keys():
        raise LookupError(f"gone, or renamed and changed at once: {', '.join(sorted(lost))}")
    return found


def _scopes(source: str) -> dict[str, Scope]:
    """Return the scopes of a module by their names; the one without a name is the module's own."""
    scopes = [Scope("", ast.Pass(), frozenset()), *scopes_of(ast.parse(source))]
    return {scope.name: scope for scope in scopes}


def _modules(places: Iterable[Place], today: Mapping[str, Mapping[str, Scope]]) -> Iterator[tuple[str, str]]:
    """Give each module of the register and what it is called today: what has the most of its shapes."""
    known: dict[str, set[str]] = defaultdict(set)
    for place in places:
        known[place.module].add(place.shape)
    new = today.keys() - known.keys() if known.keys() - today.keys() else set()
    shapes = {module: {shape_of(scope) for scope in today[module].values()} for module in new}
    for module, its in known.items():
        if module in today:
            yield module, module
        elif best := max(new, key=lambda name: len(shapes[name] & its), default=None):
            yield module, best
        else:
            raise LookupError(f"gone, or renamed and changed at once: the module {module}")

"""The register of changes that no vector can notice, equivalent.toml, and how it survives a rename.

Each entry has a reason, and for each scope the changes that it excuses: kind and text, where `*` is any text. A
scope is `module.scope@shape`. It is found by its name, and where nothing has this name by its shape (names.py), so
that renaming a module, a function, a class, a constant or a variable leaves the register as true as it was.
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
    found = {}
    for name, place in places.items():
        module = modules[place.module]
        scopes = today[module]
        alike = [place.scope]
        if place.scope not in scopes:
            unnamed = [scope for scope in scopes if (module, scope) not in named]
            alike = [scope for scope in unnamed if shape_of(scopes[scope]) == place.shape]
        if len(alike) != 1:
            raise LookupError(f"{name}: what is it called now? {len(alike)} scopes have its shape")
        found[name] = module, alike[0], scopes[alike[0]]
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
    new = (
        {}
        if today.keys() >= known.keys()
        else {
            module: {shape_of(scope) for scope in scopes.values()}
            for module, scopes in today.items()
            if module not in known
        }
    )
    for module, shapes in known.items():
        if module in today:
            yield module, module
            continue
        alike = max(new, key=lambda name: len(new[name] & shapes), default="")
        if not new.get(alike, set()) & shapes:
            raise LookupError(f"{module}: what is this module called now?")
        yield module, alike

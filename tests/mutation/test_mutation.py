"""The proof that no check can be deleted unnoticed: its engine works, its list of reasons is not stale."""

import ast
import builtins
import io
import keyword
import re
import tokenize
from typing import Final

import pytest

from mutation.judging import killer, source_of
from mutation.mutants import Mutant, mutants_of
from mutation.names import local_names
from mutation.register import REGISTER, Excuse, excuses, renewed
from mutation.run import MODULES, problems

SOURCES: Final = {module: source_of(module) for module in MODULES}
DELETED: Final = {
    ("_cose", "last_byte_string", "never: len(a) != SIGNATURE_SIZE or b != len(c)"): "env-",
    ("_verify", "_signed_by", "a[0].public_key.verify(b.signature, b.to_be_signed) -> pass"): "",
    ("_judge", "check_trust", "never: a.issuer != b.issuer.id"): "",
    ("_judge", "check_all", "never: a is not None"): "",
    ("_cbor", "decode", "always: encode(a, max_depth=b) == c"): "cbr-",
}
"""Changes, and how the case begins that must notice."""


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    """Return the mutants of all modules."""
    return [mutant for module, source in SOURCES.items() for mutant in mutants_of(module, source)]


@pytest.fixture(scope="module")
def reasons() -> list[Excuse]:
    """Return the reasons for survivors."""
    return excuses(SOURCES)


def changed_statement(mutant: Mutant, spans: list[tuple[int, int]]) -> str:
    """Return the one statement of a module, of these lines, in which a mutant differs."""
    lines, changed = (text.splitlines() for text in (SOURCES[mutant.module], mutant.source))
    ((first, last),) = (span for span in spans if span[0] <= mutant.line <= span[1])
    after = len(lines) - last
    assert changed[: first - 1] == lines[: first - 1]
    assert changed[len(changed) - after :] == lines[last:]
    return "\n".join(changed[first - 1 : len(changed) - after])


class TestMutants:
    def test_are_told_apart(self, mutants: list[Mutant]) -> None:
        """Module, scope, kind and change name one mutant, whatever its line."""
        assert len({mutant[:4] for mutant in mutants}) == len(mutants) > 1000

    def test_change_one_place_and_compile(self, mutants: list[Mutant]) -> None:
        """Every mutant is a program, and not the one that it was made from."""
        spans = {
            module: [(node.lineno, node.end_lineno or 0) for node in ast.parse(source).body]
            for module, source in SOURCES.items()
        }
        for mutant in mutants:
            assert mutant.source != SOURCES[mutant.module]
            compile(changed_statement(mutant, spans[mutant.module]), mutant.change, "exec")

    def test_keep_their_names_when_lines_move(self) -> None:
        """A comment at the top of a module renames no mutant."""
        before = mutants_of("_cose", SOURCES["_cose"])
        after = mutants_of("_cose", "# a line more\n" + SOURCES["_cose"])
        assert [mutant[:4] for mutant in after] == [mutant[:4] for mutant in before]
        assert [mutant.line for mutant in after] == [mutant.line + 1 for mutant in before]


class TestJudging:
    def test_the_unchanged_library_survives(self) -> None:
        """Without a change, no case fails."""
        assert killer("_cose", SOURCES["_cose"]) is None

    @pytest.mark.parametrize("place", DELETED, ids=lambda place: f"{place[0]}-{place[1]}")
    def test_a_deleted_check_is_noticed(self, place: tuple[str, str, str], mutants: list[Mutant]) -> None:
        """A known check is removed, and a case fails."""
        (mutant,) = (m for m in mutants if (m.module, m.scope, m.change) == place)
        noticed = killer(mutant.module, mutant.source)
        assert noticed is not None
        assert noticed.startswith(DELETED[place])

    def test_what_cannot_be_imported_is_noticed(self) -> None:
        """A module that fails at once is noticed at once."""
        assert killer("_cose", "raise RuntimeError") == "(import)"


class TestReasons:
    def test_are_about_mutants_that_exist(self, mutants: list[Mutant], reasons: list[Excuse]) -> None:
        """Each listed reason covers a mutant of today's source."""
        stale = [reason for reason in reasons if not any(reason.covers(mutant) for mutant in mutants)]
        assert stale == []

    def test_a_survivor_needs_one(self, mutants: list[Mutant]) -> None:
        """A survivor without a reason, and a reason for what is noticed, are problems."""
        survivor, noticed = mutants[:2]
        results: list[tuple[Mutant, str | None]] = [(survivor, None), (noticed, "env-001")]
        reason, wrong = (Excuse(m.module, m.scope, f"{m.kind} {m.change}", "it says") for m in (survivor, noticed))
        assert list(problems(results, [reason])) == []
        assert len(list(problems(results, []))) == 1
        assert len(list(problems(results, [reason, wrong]))) == 1


class TestRenames:
    def test_of_everything_keep_the_register(self, mutants: list[Mutant], reasons: list[Excuse]) -> None:
        """Whatever variables, private things and modules are called, the same changes are excused."""
        sources = {f"{module}_renamed": renamed(source) for module, source in SOURCES.items()}
        assert "def _check_keys_renamed(keys_renamed: " in sources["_cbor_renamed"]
        after = [mutant for module, source in sources.items() for mutant in mutants_of(module, source)]
        assert len(after) == len(mutants)
        assert excused(after, excuses(sources)) == excused(mutants, reasons)

    def test_of_functions_alone_keep_it_too(self, mutants: list[Mutant], reasons: list[Excuse]) -> None:
        """A function that is called something else in a module of the old name is found."""
        sources = {**SOURCES, "_cbor": SOURCES["_cbor"].replace("_check_text(", "_check_the_text(")}
        after = mutants_of("_cbor", sources["_cbor"])
        before = [mutant for mutant in mutants if mutant.module == "_cbor"]
        assert excused(after, excuses(sources)) == excused(before, reasons)
        register = renewed(REGISTER.read_text("utf-8"), sources)
        assert '"_cbor._check_the_text@' in register
        assert renewed(register, SOURCES) == renewed(REGISTER.read_text("utf-8"), SOURCES)

    def test_with_an_edit_are_not_guessed(self) -> None:
        """What has neither its old name nor its old shape is asked for."""
        source = SOURCES["_cbor"].replace("_check_text(", "_check_the_text(")
        source = source.replace("if text.isascii()", "if not text.isascii()")
        with pytest.raises(LookupError, match="renamed and changed at once: _cbor._check_text@"):
            excuses({**SOURCES, "_cbor": source})


def excused(mutants: list[Mutant], reasons: list[Excuse]) -> list[bool]:
    """Tell of each mutant whether a reason covers it."""
    return [any(reason.covers(mutant) for reason in reasons) for mutant in mutants]


def renamed(source: str) -> str:
    """Rename all variables of functions, and all private things, of a module."""
    spans = [
        (node.lineno, node.end_lineno or 0, local_names(node))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    ]
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in {tokenize.NL, tokenize.COMMENT}
    ]
    lines = source.splitlines(keepends=True)
    depth = 0
    places = []
    for number, (kind, name, (line, column), _, _) in enumerate(tokens):
        depth += (name in {"(", "[", "{"}) - (name in {")", "]", "}"})
        if kind != tokenize.NAME or keyword.iskeyword(name) or hasattr(builtins, name):
            continue
        before, after = tokens[number - 1].string, tokens[number + 1].string
        is_keyword = depth and after == "=" and before in {"(", ","}
        is_variable = before != "." and any(
            first <= line <= last and name in names for first, last, names in spans
        )
        if (is_variable and not is_keyword) or re.fullmatch(r"_[^\W_]\w*", name):
            places.append((line - 1, column + len(name)))
    for line, column in reversed(places):
        lines[line] = lines[line][:column] + "_renamed" + lines[line][column:]
    return "".join(lines)

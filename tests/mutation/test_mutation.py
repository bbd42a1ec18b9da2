"""The proof that no check can be deleted unnoticed: its engine works, its list of reasons is not stale."""

from typing import Final

import pytest

from mutation.judging import killer, source_of
from mutation.mutants import Mutant, mutants_of
from mutation.run import MODULES, Excuse, excuses, problems

SOURCES: Final = {module: source_of(module) for module in MODULES}
DELETED: Final = {
    ("_cose", "last_byte_string", "never: len(signature) != SIGNATURE_SIZE or end != len(data)"): "env-",
    ("_verify", "_signed_by", "edges[0].public_key.verify(envelope.signature, envelope.to_be_signed) -> pass"): "",
    ("_judge", "check_trust", "never: claims.issuer != edge.issuer.id"): "",
    ("_judge", "check_all", "never: place is not None"): "",
    ("_cbor", "decode", "always: encode(value, max_depth=max_depth) == data"): "cbr-",
}
"""Changes, and how the case begins that must notice."""


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    """Return the mutants of all modules."""
    return [mutant for module, source in SOURCES.items() for mutant in mutants_of(module, source)]


class TestMutants:
    def test_are_told_apart(self, mutants: list[Mutant]) -> None:
        """Module, scope, kind and change name one mutant, whatever its line."""
        assert len({mutant[:4] for mutant in mutants}) == len(mutants) > 1000

    def test_change_one_place_and_compile(self, mutants: list[Mutant]) -> None:
        """Every mutant is a program, and not the one that it was made from."""
        for mutant in mutants:
            assert mutant.source != SOURCES[mutant.module]
            compile(mutant.source, mutant.change, "exec")

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
    def test_are_about_mutants_that_exist(self, mutants: list[Mutant]) -> None:
        """Each listed reason covers a mutant of today's source."""
        stale = [reason for reason in excuses() if not any(reason.covers(mutant) for mutant in mutants)]
        assert stale == []

    def test_a_survivor_needs_one(self, mutants: list[Mutant]) -> None:
        """A survivor without a reason, and a reason for what is noticed, are problems."""
        survivor, noticed = mutants[:2]
        results: list[tuple[Mutant, str | None]] = [(survivor, None), (noticed, "env-001")]
        reason = Excuse(survivor.module, survivor.scope, survivor.kind, survivor.change, "equivalent")
        wrong = Excuse(noticed.module, noticed.scope, noticed.kind, noticed.change, "not really")
        assert list(problems(results, [reason])) == []
        assert len(list(problems(results, []))) == 1
        assert len(list(problems(results, [reason, wrong]))) == 1

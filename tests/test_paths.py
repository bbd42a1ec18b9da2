"""The place of a fault in a document: every `DocumentError` of decoding names it, in the words of the tables."""

import csv
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorities import DROP, NAMES
from drafts import DAY, GOOD, NOW, ROOT, SCOPE, key, request
from healthpass import DocumentError, Outcome, RegionId
from healthpass.authority import Recognition, RegistryDocument, Root, retire
from healthpass.codec import _cbor
from healthpass.documents import _document, _key_request
from healthpass.documents._statement import CONTENT, MAX_DEPTH
from healthpass.documents._status_list import StatusList
from healthpass.words._limits import PUBLISHED_KEYS

KEYS: Final = Path(__file__).resolve().parent.parent / "spec" / "tables" / "claims.csv"
INSIDE: Final = {
    "issuers": "issuer",
    "recognitions": "recognition",
    "keys": "key",
    "scope": "scope",
    "names": "names",
}
REGISTRY: Final = replace(
    retire(GOOD, GOOD.issuers[0].keys[1].raw, at=NOW, reason=1),
    recognitions=tuple(
        Recognition(RegionId(one), 1, bytes(32), NOW, NOW + DAY, SCOPE, NAMES) for one in ("CN-31", "CN-32")
    ),
    previous=bytes(32),
)
KINDS: Final[dict[str, tuple[bytes, Callable[[bytes], Any]]]] = {
    "root": (ROOT.encode(), Root.decode),
    "registry": (REGISTRY.encode(), RegistryDocument.decode),
    "request": (_document.parse(request(20).sign(key(20))).payload, _key_request.PAYLOAD.decode),
}


def table() -> dict[str, dict[str, int]]:
    """Return the keys of each map, by their names."""
    found: dict[str, dict[str, int]] = {}
    with KEYS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["map"], {})[row["name"]] = int(row["key"])
    return found


TABLE: Final = table()
AT: Final = int(NOW.timestamp())


def wire_of(kind: str) -> dict[int, Any]:
    """Return the payload of a sound document, to be changed."""
    wire: Any = _cbor.decode(KINDS[kind][0], max_depth=MAX_DEPTH)
    return dict(wire)


def changed(wire: Any, path: tuple[int, ...], value: Any) -> Any:
    """Put a value at a place in a payload, or leave out what stands there."""
    at, *rest = path
    copy = list(wire) if isinstance(wire, list) else dict(wire)
    if rest:
        copy[at] = changed(wire[at], tuple(rest), value)
    elif value is not DROP:
        copy[at] = value
    elif at in copy or isinstance(copy, list):
        del copy[at]
    return _cbor.in_order(copy)


def refusal(kind: str, wire: Any) -> DocumentError | None:
    """Decode a payload; return why it is refused."""
    try:
        KINDS[kind][1](_cbor.encode(wire, max_depth=MAX_DEPTH))
    except DocumentError as error:
        return error
    return None


def places(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Give the places in a payload, of maps and of arrays."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def names_a_member(kind: str, wire: Any, where: str) -> bool:
    """Tell whether a place is one of a payload: there, or missing from a map that is there."""
    map_name, value = "document", wire
    steps = [step.strip("[]") for step in re.findall(r"[^.\[]+|\[\d+\]", where)]
    if (
        steps[0] not in TABLE["document"]
        and (int(steps[0]) if steps[0].lstrip("-").isdigit() else None) not in wire
    ):
        map_name, value = kind, wire[CONTENT]
    for place, step in enumerate(steps):
        if isinstance(value, list):
            at = {"at": 0, "reason": 1}[step] if step.isalpha() else int(step)
            if at >= len(value):
                return False
        else:
            at = TABLE[map_name][step] if step in TABLE[map_name] else int(step)
            if at not in value:
                return place == len(steps) - 1 and step in TABLE[map_name]
            map_name = INSIDE.get(step, step)
        value = value[at]
    return True


CASES: Final[tuple[tuple[str, tuple[int, ...], Any, str, str], ...]] = (
    ("registry", (CONTENT, 2, 0, 4, 1, 3), "now", "issuers[0].keys[1].from", "a time is expected.*REG-1"),
    ("registry", (CONTENT, 2, 0, 4, 1, 4), 2**52, "issuers[0].keys[1].until", "a time is expected.*REG-1"),
    ("registry", (CONTENT, 2, 0, 4, 0, 4), 0, "issuers[0].keys[0].until", r"must come after from \(REG-1\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 1, -2), b"x", "issuers[0].keys[0].key", r"32 bytes are expected \(KEY-1\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 1, 3), -8, "issuers[0].keys[0].key", r"COSE_Key .* \(KEY-1\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 2), -1, "issuers[0].keys[0].use", r"integer from 0 up .* \(KEY-3\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 2), DROP, "issuers[0].keys[0].use", r"it is missing \(KEY-3\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 5, 1), [2, 1], "issuers[0].keys[0].scope.colors[1]", r"ascends \(SCP-1\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 5, 2), b"", "issuers[0].keys[0].scope.max_lifetime", r"seconds.*\(SCP-2\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 5, -9), 0, "issuers[0].keys[0].scope.-9", r"negative key .* \(DOC-8\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 9), 0, "issuers[0].keys[0].9", r"critical key .* \(DOC-8\)"),
    ("registry", (CONTENT, 2, 0, 4, 0, 5, 9), 0, "issuers[0].keys[0].scope.9", r"critical key .* \(DOC-8\)"),
    ("registry", (CONTENT, 2, 0, 4, 1, 6, 1), "x", "issuers[0].keys[1].retired.reason", r"integer .* \(KEY-5\)"),
    (
        "registry",
        (CONTENT, 2, 0, 4, 1, 6),
        [1],
        "issuers[0].keys[1].retired",
        r"at, reason .* \(KEY-5\)",
    ),
    ("registry", (CONTENT, 2, 0, 4), [], "issuers[0].keys", r"an array of 1 to 64 is expected \(REG-1\)"),
    ("registry", (CONTENT, 2, 0, 2, 1), "", "issuers[0].names.zh", r"1 to 128 bytes of UTF-8 \(DOC-11\)"),
    ("registry", (CONTENT, 2, 0, 3), "http://x", "issuers[0].appeal", r"an address .* is expected \(REG-1\)"),
    ("registry", (CONTENT, 2, 0, 1), "CN-32.X", "issuers[0].id", r"does not lie within CN-33 \(REG-2\)"),
    ("registry", (CONTENT, 2, 0, 1), 7, "issuers[0].id", r"a text is expected \(REG-2\)"),
    ("registry", (CONTENT, 2, 0, 5), "https://x.cn/?", "issuers[0].status", r"no \? and no # \(REG-1\)"),
    ("registry", (CONTENT, 3, 1, 1), "CN-31", "recognitions[1]", r"the array ascends \(REG-1\)"),
    ("registry", (CONTENT, 3, 1, 1), "CN-33", "recognitions[1].authority", r"does not recognise itself \(REG-1\)"),
    ("registry", (CONTENT, 3, 0, 2), 0, "recognitions[0].root_version", r"integer from 1 up .* \(REG-1\)"),
    ("registry", (CONTENT, 3, 0), 0, "recognitions[0]", r"a map is expected \(REG-1\)"),
    ("registry", (CONTENT, 1), DROP, "names", r"it is missing \(REG-1\)"),
    ("registry", (CONTENT,), DROP, "content", r"it is missing \(DOC-9\)"),
    ("registry", (CONTENT,), [], "content", r"a map is expected \(DOC-9\)"),
    ("registry", (1,), "CN-330", "iss", r"not a region id .* \(DOC-9\)"),
    ("registry", (4,), AT, "exp", r"in force for 1 second to 31 days \(DOC-9\)"),
    ("registry", (-65541,), 0, "version", r"integer from 1 up .* \(DOC-9\)"),
    ("registry", (-65539,), b"x", "environment", r"a text is expected \(DOC-10\)"),
    ("registry", (9,), 0, "9", r"critical key .* \(DOC-8\)"),
    ("root", (CONTENT, 1, 1), bytes(32), "root_keys[1]", r"weak public key.* \(ROT-1\)"),
    ("root", (CONTENT, 1), [], "root_keys", r"an array of 1 to 8 is expected \(ROT-1\)"),
    ("root", (CONTENT, 2), 4, "root_threshold", r"at most the number of keys \(ROT-2\)"),
    ("root", (CONTENT, 3), [min(PUBLISHED_KEYS)], "registry_keys", r"published test key.* \(ROT-1\)"),
    ("root", (CONTENT, 3), [ROOT.root_keys[0].to_bytes()], "registry_keys", r"both a root key .* \(ROT-1\)"),
    ("root", (CONTENT, 5), 1, "5", r"critical key .* \(DOC-8\)"),
    ("registry", (CONTENT, 3, 0, 7), DROP, "recognitions[0].names", r"it is missing \(REG-5\)"),
    ("registry", (CONTENT, 3, 1, 7, 2), "", "recognitions[1].names.en", r"1 to 128 bytes of UTF-8 \(DOC-11\)"),
    ("request", (CONTENT, 1, -2), min(PUBLISHED_KEYS), "key", r"published test key.* \(REQ-1\)"),
    ("request", (CONTENT, 1, -2), bytes(32), "key", r"weak public key.* \(REQ-1\)"),
    ("request", (1,), "CN-31.X", "iss", r"within the authority's region \(REQ-1\)"),
    ("request", (CONTENT, 5), AT, "until", r"must come after from \(REQ-1\)"),
    ("request", (-65541,), 1, "-65541", r"negative key .* \(DOC-8\)"),
)


class TestPlaces:
    @pytest.mark.parametrize(("kind", "path", "value", "where", "message"), CASES)
    def test_each_fault_has_its_place(
        self, kind: str, path: tuple[int, ...], value: Any, where: str, message: str
    ) -> None:
        """A fault is told with its place and its rule."""
        error = refusal(kind, changed(wire_of(kind), path, value))
        assert error
        assert error.outcome in {Outcome.MALFORMED_DOCUMENT, Outcome.UNSUPPORTED_DOCUMENT}
        assert error.where == where
        assert re.search(message, error.message)
        assert str(error) == f"{error.outcome}: {where}: {error.message}"

    @pytest.mark.parametrize("twice", [0, 1])
    def test_a_key_that_stands_there_twice(self, twice: int) -> None:
        """The second entry of a key is the one at fault, in its office or in another."""
        wire = wire_of("registry")
        keys = wire[CONTENT][2][0][4]
        office = {**wire[CONTENT][2][0], 1: "CN-33-02.WJW", 4: [keys[twice]]}
        error = refusal("registry", changed(wire, (CONTENT, 2), [wire[CONTENT][2][0], office]))
        assert error
        assert error.where == "issuers[1].keys[0].key"
        assert error.message.endswith("stands there twice (REG-3)")

    def test_what_is_no_map_has_no_place(self) -> None:
        """Where the whole is at fault, no part of it is named."""
        error = refusal("root", [1, 2, 3, "a payload of another form"])
        assert error
        assert (error.where, error.message) == ("", "a map is expected")

    @given(st.data())
    def test_a_place_is_one_of_the_payload(self, data: st.DataObject) -> None:
        """Whatever is changed, the place that is told is a member that is there, or the one that is missing."""
        kind = data.draw(st.sampled_from(sorted(KINDS)))
        wire = wire_of(kind)
        path = data.draw(st.sampled_from(list(places(wire))))
        if data.draw(st.booleans()):
            path = (*path[:-1], data.draw(st.sampled_from([-70_000, -9, 8, 31, 40])))
        value = data.draw(
            st.just(DROP) | st.integers(-3, 2**53 - 1) | st.binary(max_size=33) | st.text(max_size=9) | st.just([])
        )
        try:
            mutated = changed(wire, path, value)
        except IndexError:  # no such item of an array
            return
        try:
            error = refusal(kind, mutated)
        except ValueError:  # nested too deeply to be written
            return
        if error and error.outcome in {Outcome.MALFORMED_DOCUMENT, Outcome.UNSUPPORTED_DOCUMENT}:
            assert names_a_member(kind, mutated, error.where), error

    @pytest.mark.parametrize(
        ("changes", "where", "rule"),
        [
            ({"expires": AT}, "exp", "STL-4"),
            ({"bits": 3}, "status_list.bits", "STL-5"),
            ({"compressed": b""}, "status_list.lst", "STL-5"),
        ],
    )
    def test_status_lists(self, changes: dict[str, Any], where: str, rule: str) -> None:
        """A status list's fault has its place too."""
        sound: dict[str, Any] = {
            "uri": "https://status.example.cn/3",
            "issued": AT,
            "expires": AT + 3600,
            "bits": 1,
            "compressed": zlib.compress(bytes(8)),
        }
        with pytest.raises(DocumentError) as caught:
            StatusList.decode(StatusList(**sound | changes).written())
        assert caught.value.where == where
        assert rule in caught.value.message

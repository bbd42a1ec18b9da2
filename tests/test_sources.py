"""Sources: `root.json` and `registry.json`, read and written."""

import json
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drafts import (
    EMPTY,
    ENTRY,
    GOOD,
    LATER,
    NOW,
    ROOT,
    SCOPE,
    entry,
    registries,
    registry,
    roots,
)
from healthpass import IssuerId, Scope
from healthpass.authority import (
    MAX_SOURCE,
    Content,
    IssuerEntry,
    KeyEnd,
    KeyEntry,
    RegistryDocument,
    SourceError,
    read_source,
    write_source,
)
from healthpass.authority._sources import unsigned
from healthpass.documents._document import Kind
from healthpass.documents._fields import Names
from healthpass.words._limits import PUBLISHED_KEYS

ROOT_TYP = f'{{"typ": "{Kind.ROOT}", '.encode()


class TestSources:
    @given(st.one_of(roots(), registries()))
    def test_round_trip(self, content: Content) -> None:
        """A document becomes a source, and the source the same payload, each time."""
        payload = content.encode()
        source = write_source(type(content).decode(payload))
        assert read_source(source) == content
        assert unsigned(read_source(source)).payload == payload
        assert write_source(read_source(source)) == source

    def test_order_does_not_matter(self) -> None:
        """Issuers, keys and fields may stand in any order; payload and rewritten source are the same."""
        content = replace(GOOD, issuers=(*GOOD.issuers, IssuerEntry(IssuerId("CN-33"), *ENTRY)))
        record = json.loads(write_source(content))
        record["issuers"].reverse()
        record["issuers"][0]["keys"].reverse()
        turned = dict(reversed(record.items()))
        found = read_source(json.dumps(turned).encode())
        assert unsigned(found).payload == content.encode()
        assert write_source(found) == write_source(content)

    def test_one_line_changes_for_one_fact(self) -> None:
        """What changes in a line of the source changes nothing in the others."""
        before = write_source(GOOD).decode().splitlines()
        after = write_source(replace(GOOD, version=2)).decode().splitlines()
        assert [line for line in after if line not in before] == ['  "version": 2,']
        assert write_source(GOOD).endswith(b"}\n")

    def test_zone_is_needed_and_any_is_good(self) -> None:
        """A time may be written in any zone, and never without one."""
        local = write_source(ROOT).replace(b"T11:06:40Z", b"T19:06:40+08:00")
        assert local != write_source(ROOT)
        assert read_source(local) == ROOT
        with pytest.raises(SourceError, match="issued: found .*, expected an RFC 3339 time with its zone"):
            read_source(write_source(ROOT).replace(b"T11:06:40Z", b"T11:06:40"))

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("version", True, "version: found true, expected an integer from 1 to 2^53 - 1"),
            ("version", 1.0, "version: found 1.0, expected an integer from 1"),
            ("version", "1", "version: found '1', expected an integer"),
            ("version", 0, "version: found 0, expected"),
            ("version", 2**53, "version: found 9007199254740992, expected"),
            ("version", None, "version: found null, expected"),
            ("previous", "AB" * 32, "previous: found 'ABAB"),
            ("previous", "ab" * 31, "expected 64 hexadecimal digits in small letters"),
            ("previous", "ab " * 32, "previous: found 'ab ab"),
            ("issued", 1_795_000_000, "issued: found 1795000000, expected a string"),
            ("issued", "2026-11-18T11:06:40.5Z", "expected a whole second"),
            ("issued", "2026-13-18T11:06:40Z", "expected an RFC 3339 time"),
            ("issued", "0001-01-01T00:00:00+23:59", "issued: found"),
            ("issued", "9999-12-31T23:59:59Z", "a time must lie from 1970 to 9998"),
            ("expires", "2027-11-18T11:06:40Z", "lives for|is in force for"),
            ("environment", "Production", "environment: found 'Production'"),
            ("environment", "\ud800", "environment: found"),
            ("authority", "CN-3", "authority: 'CN-3' is not a region id"),
            ("typ", Kind.KEY_REQUEST, f"typ: expected one of {Kind.ROOT}, {Kind.REGISTRY}"),
            ("typ", [Kind.ROOT], "typ: expected one of"),
            ("names", [], "names: found an array, expected an object"),
            ("names", {"zh": "x" * 129, "en": "x"}, "names.zh: found"),
            ("names", {"zh": "a\u202eb", "en": "x"}, "names.zh: found 'a\\u202eb'"),
            ("issuers", {}, "issuers: found an object, expected an array"),
            ("issuers", "x", "issuers: found 'x', expected an array"),
            ("issuers", [None], "issuers[0]: found null, expected an object"),
            ("recognitions", [{}] * 257, "recognitions[0].authority: it is missing"),
            ("extra", 1, "extra: there is no such field"),
            ("\ud800", 1, "there is no such field"),
            ("x" * 10_000, 1, "x…: there is no such field"),
        ],
    )
    def test_faults(self, field: str, value: object, says: str) -> None:
        """Each fault is told with its place, what was found and what was expected."""
        record = {**json.loads(write_source(GOOD)), field: value}
        with pytest.raises(SourceError) as caught:
            read_source(json.dumps(record).encode())
        assert any(part in str(caught.value) for part in says.split("|"))
        assert len(str(caught.value)) < 1000

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("until", 3, "issuers[0].keys[0].until: found 3, expected a string"),
            ("until", "2020-01-01T00:00:00Z", "until must come after from"),
            ("key", "00", "issuers[0].keys[0].key: found '00', expected 64 hexadecimal digits"),
            ("use", 1, 'use: found 1, expected its name, "credential"'),
            ("use", "sign", "use: found 'sign', expected one of credential, status, policy, or another's number"),
            ("use", -1, "use: found -1"),
            (
                "scope",
                {"colors": ["orange"]},
                "scope.colors[0]: found 'orange', expected one of green, yellow, red",
            ),
            ("scope", {"colors": ["red", "red"]}, "scope.colors[1]: it stands there twice"),
            ("scope", {"colors": ["red"] * 17}, "scope.colors: found 17 entries, expected 16 at most"),
            ("scope", {"max_lifetime": 24}, "scope.max_lifetime: found 24, expected a string"),
            ("scope", {"max_lifetime": "0h"}, "expected a duration such as 24h"),
            ("scope", {"max_lifetime": "999999999999d"}, "expected a duration such as 24h"),
            ("scope", {"max_lifetime": "999999999d"}, "nor reach the year 9999"),
            ("scope", {"lifetime": "24h"}, "scope.lifetime: there is no such field"),
            ("scope", None, "scope: found null, expected an object"),
            ("retired", {"at": "2026-11-18T11:06:40Z"}, "retired.reason: it is missing"),
            ("revoked", {"at": "2026-11-18T11:06:40Z", "reason": "theft"}, "revoked.reason: found 'theft'"),
        ],
    )
    def test_faults_of_keys(self, field: str, value: object, says: str) -> None:
        """What is wrong deep in a source is found there."""
        record = json.loads(write_source(GOOD))
        record["issuers"][0]["keys"][0][field] = value
        with pytest.raises(SourceError) as caught:
            read_source(json.dumps(record).encode())
        assert says in str(caught.value)

    def test_twice(self) -> None:
        """An issuer, a recognition or a key that stands there twice is named."""
        office = json.loads(write_source(GOOD))["issuers"][0]
        for issuers in ([office, office], [office, {**office, "id": "CN-33"}]):
            record = {**json.loads(write_source(GOOD)), "issuers": issuers}
            with pytest.raises(SourceError, match="stands there twice"):
                read_source(json.dumps(record).encode())

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "it is not JSON"),
            (b"null", "expected that of a root or a registry"),
            (b"[" * 100_000, "nested too deeply"),
            (b'{"a":' * 100_000, "nested too deeply"),
            (b"\xff\xfe", "it is not UTF-8: byte 1"),
            (b"9" * 100_000, "expected that of a root or a registry"),
            (ROOT_TYP + b'"epoch": ' + b"9" * 100_000 + b"}", "epoch: found Infinity"),
            (ROOT_TYP + b'"epoch": -1e999}', "epoch: found -Infinity"),
            (ROOT_TYP + b'"epoch": NaN}', "epoch: found NaN"),
            (b'{"typ": 1, "typ": 1}', "typ: the field is there twice"),
            (b'{"issuers": [{}, {"keys": {"a": 1, "a": 2}}]}', "issuers[1].keys.a: the field is there twice"),
            (b'{"typ": 1}' + b" " * MAX_SOURCE, "are the most of a source"),
        ],
        ids=range(12),
    )
    def test_hostile(self, data: bytes, says: str) -> None:
        """Whatever a file holds, it is one clean error."""
        with pytest.raises(SourceError) as caught:
            read_source(data)
        assert says in str(caught.value)

    def test_large_and_twice(self) -> None:
        """What is there twice is found without a path for each member, which took thousands of bytes for one."""
        data = b'{"b":' + b"[" * 400 + b",".join([b"0"] * 5_000) + b"]" * 400 + b',"a":1,"a":2}'
        tracemalloc.start()
        try:
            with pytest.raises(SourceError, match="^a: the field is there twice$"):
                read_source(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 100 * len(data)

    def test_many_are_twice(self) -> None:
        """Each object with a repeated field is told with its place, in order, as far as there is room."""
        data = b'{"a":1,"a":{"b":2,"b":3},"c":[' + b",".join([b'{"d":0,"d":0}'] * 99) + b"]}"
        with pytest.raises(SourceError) as caught:
            read_source(data)
        places = [problem.removesuffix(": the field is there twice") for problem in caught.value.problems]
        assert places == ["a", "a.b", *(f"c[{number}].d" for number in range(18))]

    @given(st.binary(max_size=200))
    def test_garbage(self, data: bytes) -> None:
        """Garbage raises nothing but a `SourceError`."""
        with pytest.raises(SourceError):
            read_source(data)

    def test_many_faults(self) -> None:
        """Of many faults the first ones are told, and a source that is made of faults costs nothing."""
        record = {**json.loads(write_source(GOOD)), **dict.fromkeys(map(str, range(22)))}
        with pytest.raises(SourceError) as caught:
            read_source(json.dumps(record).encode())
        assert len(caught.value.problems) == 21
        assert caught.value.problems[-1] == "and 2 more faults"
        with pytest.raises(SourceError, match="an object in it has 10,000 fields"):
            read_source(json.dumps(dict.fromkeys(map(str, range(10_000)))).encode())
        with pytest.raises(SourceError) as caught:
            read_source(
                json.dumps({**json.loads(write_source(GOOD)), "issuers": [{"keys": [{}] * 64}] * 4096}).encode()
            )
        assert len(caught.value.problems) == 7

    def test_longest_source(self) -> None:
        """A registry has too many data items (DOC-7) before its source is too long to be read again."""
        ended = KeyEntry(b"", 1, NOW, LATER, SCOPE, KeyEnd(NOW, 2**53 - 1), KeyEnd(NOW, 2**53 - 1))

        def listing(keys: int) -> RegistryDocument:
            entries = [ended._replace(raw=number.to_bytes(32)) for number in range(keys)]
            names, appeal = Names("健" * 42, "x" * 128), "https://" + "x" * 248
            offices = (
                IssuerEntry(IssuerId(f"CN-33.{at:05}"), names, appeal, tuple(entries[at : at + 4]))
                for at in range(0, keys, 4)
            )
            return replace(EMPTY, issuers=tuple(offices))

        longest = listing(12_600)
        assert read_source(write_source(longest)) == longest
        with pytest.raises(SourceError, match="more than 524,288 data items"):
            write_source(listing(16_000))

    def test_byte_order_mark(self) -> None:
        """What Windows' editors put in front does no harm."""
        assert read_source(b"\xef\xbb\xbf" + write_source(ROOT)) == ROOT

    def test_weak_key(self) -> None:
        """A root with a weak or published key is refused; in a registry it is for the check to warn."""
        for raw in (bytes(32), next(iter(PUBLISHED_KEYS))):
            source = write_source(ROOT).replace(ROOT.root_keys[0].to_bytes().hex().encode(), raw.hex().encode())
            with pytest.raises(SourceError, match="sound public key|published test key"):
                read_source(source)
        assert read_source(write_source(registry(entry(20, raw=bytes(32))))).encode()

    def test_scopes(self) -> None:
        """An absent and an empty scope say the same: nothing."""
        record = json.loads(write_source(registry(entry(20, scope=Scope()))))
        listed = record["issuers"][0]["keys"][0]
        assert "scope" not in listed
        listed["scope"] = {}
        assert read_source(json.dumps(record).encode()) == registry(entry(20, scope=Scope()))

    def test_too_long(self) -> None:
        """What would be longer than its kind may be is refused."""
        many = tuple(
            KeyEntry(number.to_bytes(32), 1, NOW, LATER, SCOPE, KeyEnd(NOW, 2**40)) for number in range(8)
        )
        offices = tuple(
            IssuerEntry(
                IssuerId(f"CN-33.{number:04}"),
                Names("健" * 42, "x" * 128),
                "https://" + "x" * 248,
                tuple(one._replace(raw=bytes([number >> 8, number & 255]) + one.raw[2:]) for one in many),
            )
            for number in range(4000)
        )
        with pytest.raises(SourceError, match="4,194,304 bytes"):
            unsigned(replace(EMPTY, issuers=offices))

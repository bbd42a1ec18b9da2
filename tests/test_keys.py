"""Keys and signatures: spec/credential.md, section 5."""

import copy
import json
import pickle
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nacl.bindings
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import corpus
from healthpass import PublicKey, SignatureError, Signer, SigningKey

L = 2**252 + 27742317777372353535851937790883648493
SECRET = bytes(range(32, 64))
# Points of small order (RFC 7748's curve in Edwards form), some in a second, non-canonical encoding
WEAK = {
    "identity": "01" + "00" * 31,
    "order 2": "ec" + "ff" * 30 + "7f",
    "order 4": "00" * 32,
    "order 4, sign": "00" * 31 + "80",
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 8, sign": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "order 8, other": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "identity, not canonical": "ee" + "ff" * 30 + "7f",
    "identity, sign": "01" + "00" * 30 + "80",
    "order 4, not canonical": "ed" + "ff" * 30 + "7f",
    "not on the curve": "02" + "00" * 31,
    "all ones": "ff" * 32,
}


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    """Run openssl and return what it prints; skip the test and say so where there is none."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class TestWycheproof:
    def test_all_cases_as_expected(self) -> None:
        """All 151 Wycheproof Ed25519 cases come out as expected through the library's own keys."""
        groups = json.loads(corpus("wycheproof-ed25519.json"))["testGroups"]
        seen = 0
        for group in groups:
            key = PublicKey.from_bytes(bytes.fromhex(group["publicKey"]["pk"]))
            assert PublicKey.from_pem(group["publicKeyPem"]) == key
            for case in group["tests"]:
                signature, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
                if case["result"] == "valid":
                    key.verify(signature, message)
                else:
                    with pytest.raises(SignatureError):
                        key.verify(signature, message)
                seen += 1
        assert seen == 151


class TestPublicKey:
    @pytest.mark.parametrize("raw", WEAK.values(), ids=WEAK.keys())
    def test_a_weak_key_cannot_be_made(self, raw: str) -> None:
        """The identity, points of small order and other encodings of them are refused at construction."""
        with pytest.raises(ValueError, match="weak public key"):
            PublicKey.from_bytes(bytes.fromhex(raw))

    def test_a_key_of_mixed_order_cannot_be_made(self) -> None:
        """A good point plus one of order 8 is refused, though libsodium would verify with it."""
        good = SigningKey.generate().public_key.to_bytes()
        mixed = nacl.bindings.crypto_core_ed25519_add(good, bytes.fromhex(WEAK["order 8"]))
        with pytest.raises(ValueError, match="weak public key"):
            PublicKey.from_bytes(mixed)

    def test_kid_is_from_the_cose_thumbprint(self) -> None:
        """The kid is the start of the COSE thumbprint, as the example of the spec has it."""
        key = PublicKey.from_bytes(
            bytes.fromhex("065b43cbdd1450eb98403a3d34ed07701b1b9e7234cc5112ddc0c42b134bed57")
        )
        assert key.thumbprint.hex() == "2717ae42e7f7e7030634c88aaee09a6f09e7bb9ab013e9ccb60bc75f25b12ef5"
        assert key.kid.hex() == "2717ae42e7f7e703"
        assert PublicKey.from_cose_key(key.to_cose_key()) == key

    @pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33), SECRET + SECRET])
    def test_another_length_says_so(self, raw: bytes) -> None:
        """A key of another length is a ValueError that says how many bytes there should be."""
        with pytest.raises(ValueError, match=f"has 32 bytes, not {len(raw)}"):
            PublicKey.from_bytes(raw)

    @pytest.mark.parametrize("raw", ["00" * 32, bytearray(32), None, 7])
    def test_another_type_says_so(self, raw: Any) -> None:
        """A key from anything but bytes is a TypeError."""
        with pytest.raises(TypeError, match="must be bytes"):
            PublicKey.from_bytes(raw)

    def test_is_a_value(self) -> None:
        """Keys with the same bytes are equal, hash alike, and survive a pickle."""
        key = SigningKey.from_seed(SECRET).public_key
        assert {key, pickle.loads(pickle.dumps(key)), copy.deepcopy(key)} == {key}
        assert key != key.to_bytes()
        assert repr(key) == f"PublicKey({key.to_bytes().hex()!r})"

    @pytest.mark.parametrize("cose", [b"", b"\xa0", bytes.fromhex("a30101200621582 0".replace(" ", ""))])
    def test_another_cose_key(self, cose: bytes) -> None:
        """A COSE_Key of any other form is a ValueError."""
        with pytest.raises(ValueError, match=r"COSE_Key|32 bytes"):
            PublicKey.from_cose_key(cose)


class TestSignatures:
    @given(st.binary(max_size=200))
    def test_signs_what_it_verifies(self, message: bytes) -> None:
        """A signature verifies under the key that made it, and is the same each time."""
        key = SigningKey.from_seed(SECRET)
        signature = key.sign(message)
        key.public_key.verify(signature, message)
        assert signature == key.sign(message)

    def test_every_flipped_bit(self) -> None:
        """A signature with any one bit flipped does not verify."""
        key = SigningKey.from_seed(SECRET)
        signature = key.sign(b"message")
        for bit in range(512):
            flipped = bytearray(signature)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SignatureError):
                key.public_key.verify(bytes(flipped), b"message")

    def test_s_beyond_the_order(self) -> None:
        """S + L, which satisfies the same equation, is refused."""
        key = SigningKey.from_seed(SECRET)
        signature = key.sign(b"message")
        malleable = signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
        with pytest.raises(SignatureError):
            key.public_key.verify(malleable, b"message")

    @pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
    def test_another_length(self, length: int) -> None:
        """A signature of another length does not verify, and is no other error."""
        with pytest.raises(SignatureError) as caught:
            SigningKey.from_seed(SECRET).public_key.verify(bytes(length), b"message")
        assert caught.value.verdict == "bad-signature"

    def test_other_types(self) -> None:
        """Text where bytes belong is a TypeError."""
        key = SigningKey.from_seed(SECRET)
        with pytest.raises(TypeError):
            key.sign("message")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            key.public_key.verify("00", b"message")  # type: ignore[arg-type]


class TestSecrets:
    def test_repr_shows_the_kid_alone(self) -> None:
        """The secret is in no representation of the key."""
        key = SigningKey.from_seed(SECRET)
        shown = f"{key} {key!r} {key.public_key.kid.hex()}"
        assert key.public_key.kid.hex() in repr(key)
        assert SECRET.hex() not in shown
        assert repr(SECRET)[2:-1] not in shown

    @pytest.mark.parametrize("copier", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_is_neither_pickled_nor_copied(self, copier: Any) -> None:
        """Pickling or copying a SigningKey is a TypeError."""
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            copier(SigningKey.from_seed(SECRET))

    def test_is_a_signer(self) -> None:
        """A SigningKey has what the Signer protocol asks for."""
        assert isinstance(SigningKey.generate(), Signer)


class TestPem:
    def test_openssl_reads_our_key(self) -> None:
        """`openssl pkey -text` reads the key file and prints the same private and public key."""
        key = SigningKey.from_seed(SECRET)
        printed = openssl("pkey", "-text", "-noout", data=key.to_pem().encode()).decode()
        assert "ED25519 Private-Key" in printed
        shown = "".join(printed.split()).replace(":", "")
        assert SECRET.hex() in shown
        assert key.public_key.to_bytes().hex() in shown

    def test_openssl_reads_our_public_key(self) -> None:
        """Openssl reads the public key file and writes it back the same."""
        pem = SigningKey.from_seed(SECRET).public_key.to_pem()
        assert openssl("pkey", "-pubin", "-pubout", data=pem.encode()).decode() == pem

    def test_we_read_openssl(self) -> None:
        """`openssl genpkey -algorithm ed25519` makes a key that we read and write back the same."""
        pem = openssl("genpkey", "-algorithm", "ed25519")
        key = SigningKey.from_pem(pem)
        assert key.to_pem().encode() == pem
        assert PublicKey.from_pem(openssl("pkey", "-pubout", data=pem)) == key.public_key

    def test_openssl_verifies_our_signature(self, tmp_path: Path) -> None:
        """Openssl verifies a signature that we made."""
        key = SigningKey.from_seed(SECRET)
        for name, content in {"key": key.public_key.to_pem().encode(), "sig": key.sign(b"m"), "msg": b"m"}.items():
            (tmp_path / name).write_bytes(content)
        printed = openssl(
            *("pkeyutl", "-verify", "-rawin", "-pubin"),
            *("-inkey", str(tmp_path / "key"), "-sigfile", str(tmp_path / "sig"), "-in", str(tmp_path / "msg")),
        )
        assert b"Verified Successfully" in printed

    def test_a_file_that_holds_both_halves(self) -> None:
        """A PKCS#8 file with the public key in it is read, and refused when the two do not belong together."""
        der = bytes.fromhex("3051020101300506032b657004220420") + SECRET + bytes.fromhex("812100")
        key = SigningKey.from_seed(SECRET)
        assert (
            SigningKey.from_pem(pem("PRIVATE KEY", der + key.public_key.to_bytes())).public_key == key.public_key
        )
        with pytest.raises(ValueError, match="damaged"):
            SigningKey.from_pem(pem("PRIVATE KEY", der + SigningKey.generate().public_key.to_bytes()))

    @pytest.mark.parametrize(
        ("algorithm", "expected"),
        [("x25519", "not an Ed25519 key"), ("ed448", "not an Ed25519 key"), ("rsa", "not an Ed25519 key")],
    )
    def test_another_algorithm(self, algorithm: str, expected: str) -> None:
        """A key of another algorithm is a ValueError that says so."""
        other = openssl("genpkey", "-algorithm", algorithm)
        with pytest.raises(ValueError, match=expected):
            SigningKey.from_pem(other)
        with pytest.raises(ValueError, match=expected):
            PublicKey.from_pem(openssl("pkey", "-pubout", data=other))

    def test_an_encrypted_file(self) -> None:
        """A key in memory is not read from an encrypted file; the error says what opens one."""
        encrypted = openssl("pkey", "-aes256", "-passout", "pass:x", data=SigningKey.generate().to_pem().encode())
        with pytest.raises(ValueError, match="encrypted: healthpass.signers.open_signer"):
            SigningKey.from_pem(encrypted)

    def test_the_wrong_half(self) -> None:
        """A public key where a private one belongs, and the reverse, says which it is."""
        key = SigningKey.generate()
        with pytest.raises(ValueError, match="holds a PUBLIC KEY"):
            SigningKey.from_pem(key.public_key.to_pem())
        with pytest.raises(ValueError, match="holds a PRIVATE KEY") as caught:
            PublicKey.from_pem(key.to_pem())
        assert key.to_pem().split("\n")[1] not in str(caught.value)

    @given(st.binary(max_size=300) | st.text(max_size=300))
    def test_whatever_is_in_the_file(self, content: bytes | str) -> None:
        """Anything else is a ValueError and nothing worse."""
        for read in (SigningKey.from_pem, PublicKey.from_pem):
            with pytest.raises(ValueError, match="PEM"):
                read(content)


def pem(label: str, der: bytes) -> str:
    """Write DER as PEM."""
    return openssl("base64", data=der).decode().join((f"-----BEGIN {label}-----\n", f"-----END {label}-----\n"))

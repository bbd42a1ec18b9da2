"""Keys in a hardware module, by PKCS#11 (healthpass.signers); the module is SoftHSM."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import Color, HealthCode, Issuer, PublicKey, Registry, SignatureError, Signer, SigningKey, verify
from healthpass.signers import SignerError, _token, create_key, open_signer
from tokens import PIN, pin_file, tokens

ISSUER = "CN-33-01.WJW"
NUMBERS = count(1)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the module, which the environment names too."""
    path = tokens()
    monkeypatch.setenv("PKCS11_MODULE_PATH", path)
    return path


@pytest.fixture
def uri(module: str) -> str:  # noqa: ARG001
    """Make a key, and return its URI."""
    uri = f"pkcs11:token=office;object=key-{next(NUMBERS)}"
    create_key(uri, passphrase=PIN)
    return uri


def refused(uri: str, **options: Any) -> str:
    """Return why a key cannot be opened."""
    with pytest.raises(SignerError) as caught, open_signer(uri, **{"passphrase": PIN, **options}):
        pytest.fail("it was opened")
    assert PIN not in str(caught.value)
    return str(caught.value)


class TestUri:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "must name a token and an object"),
            ("token=office", "must name a token and an object"),
            ("object=a", "must name a token and an object"),
            ("token=office;object=a?pin-value=1234", "pin-value would show the PIN"),
            ("token=office;object=a;pin-value=1234", "pin-value would show the PIN"),
            ("token=office;object=a&pin-value=1234", "pin-value would show the PIN"),
            ("token=office;object=a;pin-value%3D1234", "pin-value would show the PIN"),
            ("token=office;object=a;PIN-VALUE=1234", "pin-value would show the PIN"),
            ("token=office;object=a;token=other", "'token' is not one of"),
            ("token=office;object=a;slot-id=1", "'slot-id' is not one of"),
            ("token=office;object=a;x-other=1", "'x-other' is not one of"),
            ("token=office;object", "'object' is not one of"),
            ("token=office;object=", "'object' is not one of"),
            ("token=office;object=%zz", "'object' is not one of"),
            ("token=office;object=%ff", "a name is not UTF-8"),
            ("token=office;object=a%00", "null character"),
            ("token=office;object=\udcff", "'object' is not one of"),
            ("token=office;object=a;", "'' is not one of"),
            ("token=office;object=a;type=public", "must name a private key"),
            ("token=office;object=a?module-path=libsofthsm2.so", "must be an absolute path"),
            ("token=office;object=a?module-path=/no/such.so", "cannot use the module '/no/such.so'"),
        ],
    )
    def test_what_is_refused(self, text: str, why: str, module: str) -> None:  # noqa: ARG002
        """A part that is not known, stands twice or is spelled wrongly could mean another key, and is refused."""
        message = refused(f"pkcs11:{text}")
        assert why in message
        assert "1234" not in message

    def test_without_a_module(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where no module is named, the error says how to name one."""
        monkeypatch.delenv("PKCS11_MODULE_PATH", raising=False)
        assert "add ?module-path=" in refused("pkcs11:token=office;object=a")

    @given(st.text(alphabet="tokenbjctidsrialyp-m=;?&%2fF0 é\0", max_size=60))
    def test_any_text(self, text: str) -> None:
        """Any text is a URI or a SignerError."""
        try:
            uri = _token.TokenUri.read(f"{text}?module-path=/m")
        except SignerError:
            return
        assert uri.token or uri.serial
        assert uri.object or uri.id

    def test_without_the_extra(self, module: str) -> None:
        """Where python-pkcs11 is missing, the error names the extra."""
        program = (
            "import sys; sys.modules['pkcs11'] = None\n"
            "from healthpass.signers import open_signer\n"
            "with open_signer('pkcs11:token=office;object=a', passphrase='x'): pass\n"
        )
        environment = {**os.environ, "PKCS11_MODULE_PATH": module}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
        )
        assert "pip install 'healthpass[pkcs11]'" in done.stderr.splitlines()[-1]


class TestToken:
    def test_signs(self, uri: str) -> None:
        """A key of a token signs, and libsodium verifies the signature; large documents too."""
        with open_signer(uri, passphrase=PIN) as key:
            assert isinstance(key, Signer)
            for message in (b"", b"message", bytes(3_000_000)):
                key.public_key.verify(key.sign(message), message)
            issuer = Issuer(ISSUER, signer=key, lifetime=timedelta(days=1))
            code = issuer.issue_many([HealthCode(color=Color.GREEN)] * 3)[2].text
            assert verify(code, registry=Registry.pinned({ISSUER: [key.public_key]})).health.color is Color.GREEN
        with pytest.raises(SignerError):
            key.sign(b"late")

    def test_the_pin_comes_from_a_file(self, uri: str, module: str, tmp_path: Path) -> None:
        """pin-source names a file for its owner alone; nobody is asked then."""
        path = pin_file(tmp_path)
        for source in (path, f"file:{path}"):
            with open_signer(f"{uri}?module-path={module}&pin-source={source}") as key:
                key.sign(b"m")
        path.chmod(0o644)
        assert "others may read" in refused(f"{uri}?pin-source={path}")

    def test_wrong_pins(self, uri: str) -> None:
        """A wrong PIN is tried once; none and a short one are told apart, and the name of the token is told."""
        asked = []

        def ask(what: str) -> str:
            asked.append(what)
            return "00000000"

        assert "the token 'office': the PIN is wrong" in refused(uri, passphrase=ask)
        assert asked == ["the PIN of the token 'office'"]
        assert refused(uri, passphrase=None) == "the PIN of the token 'office' is needed"
        with open_signer(uri, passphrase=PIN) as key:
            key.sign(b"m")

    def test_what_is_not_there(self, uri: str) -> None:
        """A token or an object that is not there, or is there twice, is an error that says which."""
        assert "there is none" in refused("pkcs11:token=offce;object=a")
        assert "there is several; add serial=" in refused("pkcs11:token=twin;object=a")
        assert "the key 'none' of the token 'office' must be one private key" in refused(
            "pkcs11:token=office;object=none"
        )
        assert "must be one private key" in refused("pkcs11:token=empty;object=a")
        assert "must be one private key" in refused(f"{uri};id=%01%02")

    def test_names_are_not_taken_twice(self, uri: str) -> None:
        """A new key replaces none, whether the name or the id is taken."""
        with pytest.raises(SignerError, match="holds an object of that name or id already"):
            create_key(uri, passphrase=PIN)
        made = create_key("pkcs11:token=office;object=by-id;id=%AA%BB", passphrase=PIN)
        with pytest.raises(SignerError, match="of that name or id already"):
            create_key("pkcs11:token=office;object=other;id=%AA%BB", passphrase=PIN)
        with open_signer("pkcs11:token=office;id=%AA%BB;type=private", passphrase=PIN) as key:
            assert key.public_key == made
        with pytest.raises(SignerError, match="add object=NAME"):
            create_key("pkcs11:token=office;id=%01", passphrase=PIN)
        with pytest.raises(SignerError, match="for a file there is SigningKey"):
            create_key("key.pem")

    def test_a_private_key_does_not_come_out(self, uri: str) -> None:
        """What is made is sensitive, and cannot be extracted."""
        import pkcs11

        with open_signer(uri, passphrase=PIN) as key:
            private = key._key  # type: ignore[attr-defined]
            assert private[pkcs11.Attribute.SENSITIVE]
            assert not private[pkcs11.Attribute.EXTRACTABLE]

    def test_keys_of_one_token_share_a_login(self, uri: str) -> None:
        """A key that is closed logs no other one out; the last one does."""
        create_key("pkcs11:token=office;object=second", passphrase=PIN)
        with open_signer(uri, passphrase=PIN) as first:
            with open_signer("pkcs11:token=office;object=second") as second:
                assert first.public_key != second.public_key
                second.sign(b"m")
            first.sign(b"m")
            create_key("pkcs11:token=office;object=third", passphrase=PIN)
            first.sign(b"m")
        assert _token._OPEN == {}
        assert "is needed" in refused(uri, passphrase=None)

    def test_many_threads(self, uri: str) -> None:
        """Each thread has its own signature."""
        failed = []
        with open_signer(uri, passphrase=PIN) as key:

            def work(number: int) -> None:
                for turn in range(20):
                    message = b"%d %d" % (number, turn)
                    try:
                        key.public_key.verify(key.sign(message), message)
                    except Exception as error:  # noqa: BLE001
                        failed.append(error)

            threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert failed == []

    def test_not_across_a_fork(self, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A child of this process neither signs with an open key nor opens one of the same module."""
        with open_signer(uri, passphrase=PIN) as key, monkeypatch.context() as patch:
            patch.setattr(key, "_owner", -1)
            with pytest.raises(SignerError, match="open the key after the fork"):
                key.sign(b"m")
            patch.setitem(_token._LOADED, os.environ["PKCS11_MODULE_PATH"], -1)
            assert "before the fork" in refused(uri)

    def test_a_wrong_signature_never_leaves(self, uri: str) -> None:
        """A public half that is another key's, as a mistake in a token may have it, is found out."""
        with open_signer(uri, passphrase=PIN) as key:
            key.public_key = SigningKey.generate().public_key  # type: ignore[misc]
            with pytest.raises(
                SignatureError, match="the token 'office' returned a signature that does not verify"
            ):
                key.sign(b"m")


@pytest.fixture
def session(module: str) -> Iterator[Any]:
    """Open a session in which objects can be made that we would not make."""
    import pkcs11

    token = pkcs11.lib(module).get_token(token_label="empty")  # noqa: S106 - its name
    with token.open(rw=True, user_pin=PIN) as session:
        yield session
        for thing in list(session.get_objects()):
            thing.destroy()


class TestForeignObjects:
    def test_another_kind_of_key(self, session: Any) -> None:
        """A key of another curve is no key of ours."""
        from pkcs11 import Attribute, KeyType
        from pkcs11.util.ec import encode_named_curve_parameters

        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(store=True, label="p256")
        assert "is no Ed25519 key" in open_in("empty", "p256", session)

    def test_two_of_a_name_or_no_public_half(self, session: Any) -> None:
        """Two keys of one name are not chosen from, and a private key alone is not guessed at."""
        from pkcs11 import Attribute, KeyType, Mechanism

        curve = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _token._EDWARDS25519}, local=True
        )
        pairs = [
            curve.generate_keypair(mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label="two")
            for _ in range(2)
        ]
        assert "must be one private key, and there are 2" in open_in("empty", "two", session)
        pairs[0][1].destroy()
        assert "must have one public key beside it, and there are 2" in open_in("empty", "two", session)
        pairs[1][0].destroy()
        assert open_in("empty", "two", session) == "opened, and the signature is another key's"


def open_in(token: str, name: str, session: Any) -> str:
    """Return what comes of finding a key in an open session, and of signing with it."""
    uri = _token.TokenUri.read(f"token={token};object={name}")
    try:
        key = _token.TokenKey(uri, session)
    except SignerError as error:
        return str(error)
    assert isinstance(key.public_key, PublicKey)
    try:
        key.sign(b"m")
    except SignatureError:
        return "opened, and the signature is another key's"
    return "opened"

"""Key files under a passphrase: PKCS#8 with PBES2 (RFC 8018, section 6.2) and scrypt (RFC 7914) or PBKDF2.

How costly it is to open a file is written in the file, and decides two things: how long a file of a stranger can
stall its reader, and how long a thief of the file needs. So both ends are bounded, and the numbers that are used
are the ones that were looked at.
"""

import hashlib
import secrets
from typing import Final

from healthpass.codec import _pem
from healthpass.codec._keys import HolderKey, SigningKey
from healthpass.signers._errors import SignerError
from healthpass.signers._secrets import Passphrase, told
from healthpass.words._discreet import discreet

MIN_PASSPHRASE: Final = 12  # characters, of a new one: a thief of the file tries thousands a second
_ROUNDS: Final = range(100_000, 10_000_001)  # of PBKDF2
_SCRYPT_WORK: Final = range(1 << 17, (1 << 22) + 1)  # N r p: from 16 MiB to 512 MiB that are gone through
_SCRYPT_MEMORY: Final = 1 << 28  # bytes: 128 N r
_SCRYPT_N: Final = 1 << 10  # at least: with less, r and p take the memory, and a thief needs hardly any
_SALT: Final = range(8, 65)  # bytes
_OURS: Final = {"n": 1 << 14, "r": 8, "p": 5}  # 16 MiB at a time: OpenSSL gives no more than 32 MiB
_INTEGER: Final = 0x02  # the tags of DER
_OCTETS: Final = 0x04
_OID: Final = 0x06
_SEQUENCE: Final = 0x30
_PBES2: Final = bytes.fromhex("2a864886f70d01050d")
_PBKDF2: Final = bytes.fromhex("2a864886f70d01050c")
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")
_AES256: Final = bytes.fromhex("60864801650304012a")
_CIPHERS: Final = {bytes.fromhex("608648016503040102"): 16, bytes.fromhex("608648016503040116"): 24, _AES256: 32}
_HASHES: Final = {
    bytes.fromhex("2a864886f70d0209"): "sha256",
    bytes.fromhex("2a864886f70d020a"): "sha384",
    bytes.fromhex("2a864886f70d020b"): "sha512",
}
_BLOCK: Final = 16  # bytes, of AES
_MADE_ANEW: Final = "openssl pkcs8 -topk8 -scrypt -in OLD.pem -out NEW.pem encrypts it anew"


@discreet
def encrypt_key(key: SigningKey | HolderKey, passphrase: str) -> str:
    """Write a key as an encrypted PKCS#8 PEM file (extra: ``passphrase``), which `open_signer` and OpenSSL read.

    Args:
        key: the key.
        passphrase: 12 characters at least. Who forgets it has lost the key.

    Raises:
        ValueError: when the passphrase is shorter.
        SignerError: when the extra is missing, or the passphrase has a null character or more than 1,024 bytes.
    """
    words = told(passphrase, "the passphrase")
    if len(words) < MIN_PASSPHRASE:
        raise ValueError(f"a passphrase has at least {MIN_PASSPHRASE} characters, not {len(words)}")
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(_BLOCK)
    derived = _scrypt(words, salt, **_OURS, size=_CIPHERS[_AES256])
    kdf = _der(_OCTETS, salt) + b"".join(_integer(_OURS[name]) for name in ("n", "r", "p"))
    scheme = _algorithm(_SCRYPT, _der(_SEQUENCE, kdf)) + _algorithm(_AES256, _der(_OCTETS, iv))
    plain = _pem.read(key.to_pem(), _pem.PRIVATE)
    encrypted = _aes(derived, iv, plain, encrypt=True)
    der = _der(_SEQUENCE, _algorithm(_PBES2, _der(_SEQUENCE, scheme)) + _der(_OCTETS, encrypted))
    return _pem.write(_pem.ENCRYPTED, der)


def is_encrypted(pem: bytes) -> bool:
    """Tell whether a key file says that it is encrypted."""
    return f"-----BEGIN {_pem.ENCRYPTED}-----".encode() in pem


@discreet
def decrypt_key(pem: bytes, passphrase: Passphrase | None, what: str) -> SigningKey:
    """Read an encrypted PKCS#8 PEM file (extra: ``passphrase``).

    Args:
        pem: the file.
        passphrase: its passphrase; it is asked for when the file is one that can be opened.
        what: that passphrase, in words.

    Raises:
        ValueError: when it is no such file, is too weak or too costly, or when the passphrase is wrong.
        SignerError: when the extra is missing, or there is no passphrase.
    """
    info, end = _element(_pem.read(pem, _pem.ENCRYPTED), _SEQUENCE)
    scheme, encrypted = _named(info)
    ciphertext, after = _element(encrypted, _OCTETS)
    if scheme[0] != _PBES2:
        raise ValueError(f"its encryption is older than PBES2 and is not opened: {_MADE_ANEW}")
    kdf, rest = _element(_element(scheme[1], _SEQUENCE)[0], _SEQUENCE)
    cipher, more = _named(rest)
    if cipher[0] not in _CIPHERS:
        raise ValueError(f"it is encrypted by another cipher than AES in CBC mode: {_MADE_ANEW}")
    iv, tail = _element(cipher[1], _OCTETS)
    if end or after or more or tail or len(iv) != _BLOCK or not ciphertext or len(ciphertext) % _BLOCK:
        raise ValueError("it is damaged")
    _needed()
    plain = _aes(_derived(kdf, passphrase, what, _CIPHERS[cipher[0]]), iv, ciphertext, encrypt=False)
    try:
        return SigningKey.from_pem(_pem.write(_pem.PRIVATE, plain))
    except ValueError:
        raise ValueError("the passphrase is wrong, or it holds no Ed25519 key") from None


def _derived(kdf: bytes, passphrase: Passphrase | None, what: str, size: int) -> bytes:
    """Derive the key of the cipher, within the bounds."""
    oid, parameters = _element(kdf, _OID)
    fields, end = _element(parameters, _SEQUENCE)
    salt, fields = _element(fields, _OCTETS)
    if end or len(salt) not in _SALT:
        raise ValueError("it is damaged")
    if oid == _SCRYPT:
        n, fields = _number(fields)
        r, fields = _number(fields)
        p, fields = _number(fields)
        if _check_size(fields, size) or n & (n - 1) or min(n, r, p) < 1:
            raise ValueError("it is damaged")
        weak = n < _SCRYPT_N or n * r * p < _SCRYPT_WORK.start
        if weak or n * r * p not in _SCRYPT_WORK or 128 * n * r > _SCRYPT_MEMORY:
            raise _cost(weak, f"scrypt with N = {n}, r = {r}, p = {p}")
        return _scrypt(told(passphrase, what), salt, n=n, r=r, p=p, size=size)
    if oid != _PBKDF2:
        raise ValueError(f"its key is derived neither by scrypt nor by PBKDF2: {_MADE_ANEW}")
    rounds, fields = _number(fields)
    fields = _check_size(fields, size)
    prf = _named(fields)[0][0] if fields else b""  # SHA-1, where nothing is said
    if prf not in _HASHES:
        raise ValueError(f"its key is derived with another hash than SHA-256, SHA-384 or SHA-512: {_MADE_ANEW}")
    if rounds not in _ROUNDS:
        raise _cost(rounds < _ROUNDS.start, f"PBKDF2 with {rounds:,} rounds")
    return hashlib.pbkdf2_hmac(_HASHES[prf], told(passphrase, what).encode(), salt, rounds, size)


def _check_size(fields: bytes, size: int) -> bytes:
    """Pass over the length of the key, which may be left out; return what follows."""
    if fields[:1] != bytes((_INTEGER,)):
        return fields
    length, rest = _number(fields)
    if length != size:
        raise ValueError("it is damaged")
    return rest


def _cost(weak: bool, found: str) -> ValueError:  # noqa: FBT001
    if weak:
        return ValueError(f"it is weakly encrypted, by {found}: {_MADE_ANEW}")
    return ValueError(f"it would take too long to open, by {found}: {_MADE_ANEW}")


def _scrypt(passphrase: str, salt: bytes, *, n: int, r: int, p: int, size: int) -> bytes:
    room = 128 * r * (n + p + 2)
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=room, dklen=size)


def _needed() -> None:
    """Look for the extra before somebody is asked for a passphrase.

    Raises:
        SignerError: when it is missing.
    """
    try:
        import cryptography.hazmat.primitives.ciphers  # noqa: F401, PLC0415 - an extra
    except ImportError:
        missing = "an encrypted key file needs cryptography: pip install 'healthpass[passphrase]'"
        raise SignerError(missing) from None


def _aes(key: bytes, iv: bytes, data: bytes, *, encrypt: bool) -> bytes:
    """Encrypt or decrypt by AES in CBC mode with the padding of PKCS#7; nothing when that is wrong."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415
    from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415

    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    if encrypt:
        pad, encryptor = PKCS7(8 * _BLOCK).padder(), cipher.encryptor()
        return encryptor.update(pad.update(data) + pad.finalize()) + encryptor.finalize()
    decryptor, unpad = cipher.decryptor(), PKCS7(8 * _BLOCK).unpadder()
    padded = decryptor.update(data) + decryptor.finalize()
    try:
        return unpad.update(padded) + unpad.finalize()
    except ValueError:
        return b""


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Take one element of DER off: its content, and what follows it."""
    start, length = 2, data[1] if len(data) > 1 else 0
    if length > 0x7F:  # noqa: PLR2004 - the long form; a key file is short
        start += length & 0x7F
        length = int.from_bytes(data[2:start])
    if data[:1] != bytes((tag,)) or start > 4 or len(data) < start + length:  # noqa: PLR2004
        raise ValueError("it is damaged")
    return data[start : start + length], data[start + length :]


def _number(data: bytes) -> tuple[int, bytes]:
    content, rest = _element(data, _INTEGER)
    if not 1 <= len(content) <= 8:  # noqa: PLR2004
        raise ValueError("it is damaged")
    return int.from_bytes(content, signed=True), rest


def _named(data: bytes) -> tuple[tuple[bytes, bytes], bytes]:
    """Take an AlgorithmIdentifier off: its name and its parameters, and what follows it."""
    content, rest = _element(data, _SEQUENCE)
    return _element(content, _OID), rest


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    return bytes((tag, size) if size < 0x80 else (tag, 0x81, size)) + content  # noqa: PLR2004


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def _algorithm(oid: bytes, parameters: bytes) -> bytes:
    return _der(_SEQUENCE, _der(_OID, oid) + parameters)

"""Keys that are elsewhere: under a passphrase, in a hardware module, behind a program.

`open_signer` takes what the option `--key` takes, a path or a URI, and gives a `Signer` for `Issuer`,
`healthpass.authority.sign` and `healthpass.ledger.publish`:

| URI | the key |
|---|---|
| `KEY.pem`, `file:KEY.pem` | a PKCS#8 file; an encrypted one needs the extra ``passphrase`` |
| `pkcs11:token=office;object=registry` | in a hardware module, by PKCS#11 (RFC 7512); the extra ``pkcs11`` |
| `exec:PROGRAM [ARGS]` | behind a program of yours, such as one that asks a KMS |

Each signature is verified before it is given to anybody.
"""

from healthpass.signers._encrypted import encrypt_key
from healthpass.signers._errors import SignerError
from healthpass.signers._open import create_key, open_signer
from healthpass.signers._secrets import Passphrase, read_passphrase

__all__ = ["Passphrase", "SignerError", "create_key", "encrypt_key", "open_signer", "read_passphrase"]

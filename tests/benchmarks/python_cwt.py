"""The other side of a comparison: python-cwt, in an environment of its own, since it wants an older cbor2.

Reads hex credentials of HP1 and their public key as JSON on stdin, wraps each as a Base45 and zlib text, and then,
for each line it is given, verifies a batch and prints how many seconds that took.
"""

import json
import sys
import time
import zlib

import base45
import cbor2
import cwt


def main() -> None:
    """Verify batches on demand."""
    order = json.loads(sys.stdin.readline())
    key = cwt.COSEKey.new(
        {1: 1, 2: bytes.fromhex(order["kid"]), 3: -19, -1: 6, -2: bytes.fromhex(order["public_key"])}
    )
    credentials = [bytes.fromhex(credential) for credential in order["credentials"]]
    texts = [base45.b45encode(zlib.compress(credential)) for credential in credentials]
    cose = cwt.COSE.new()

    def verify(text: bytes) -> object:
        return cbor2.loads(cose.decode(zlib.decompress(base45.b45decode(text)), key, external_aad=b"HP1"))

    verify(texts[0])
    print(cwt.__version__, flush=True)
    for line in sys.stdin:
        start, end = map(int, line.split())
        before = time.thread_time()
        for text in texts[start:end]:
            verify(text)
        print(time.thread_time() - before, flush=True)


if __name__ == "__main__":
    main()

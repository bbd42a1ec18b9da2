"""A bridge to a KMS, in small: `--key 'exec:python kms_bridge.py KEY.pem --delay 0.05'`.

A program that healthpass starts and asks for signatures, one request and one answer a line; the page "Keys in
hardware" describes the lines. This one signs with a key file, after a delay as long as a KMS in the network may
take. For a KMS of yours write the class `Kms` anew, with its own client library; the rest stays.

Up to `--at-once` requests wait for the KMS at the same time, and the answers leave in the order of the requests.
"""

import argparse
import base64
import queue
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from healthpass import SigningKey


# 1. What a KMS does. Its errors become answers: their words are shown to whoever wanted the signature.
class Kms:
    """A key that is elsewhere, and takes its time."""

    def __init__(self, path: Path, delay: float) -> None:
        """Find the key, and say who we are to the KMS."""
        self._key = SigningKey.from_pem(path.read_bytes())
        self._delay = delay

    def public_key(self) -> bytes:
        """Return the 32 bytes of the public key."""
        return self._key.public_key.to_bytes()

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes; pure Ed25519, not of a hash."""
        time.sleep(self._delay)
        return self._key.sign(message)


# 2. The lines. Nothing else may go to standard output; what is for people goes to standard error.
def say(line: str) -> None:
    """Write a line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def answer(sign: Callable[[bytes], bytes], line: str) -> str:
    """Return the answer to a request."""
    try:
        return base64.b64encode(sign(base64.b64decode(line, validate=True))).decode()
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody is waiting for an answer
        return f"error: {type(error).__name__}: {error}".replace("\n", " ")


def main() -> None:
    """Answer until standard input ends."""
    parser = argparse.ArgumentParser(description="Sign for healthpass.")
    parser.add_argument("key", type=Path, help="a PEM file, in place of a KMS")
    parser.add_argument("--delay", type=float, default=0.0, help="how long a signature takes, in seconds")
    parser.add_argument("--at-once", type=int, default=16, help="how many requests the KMS takes at the same time")
    options = parser.parse_args()
    kms = Kms(options.key, options.delay)
    say(f"healthpass-bridge 1 {base64.b64encode(kms.public_key()).decode()}")
    answers: queue.SimpleQueue[Future[str] | None] = queue.SimpleQueue()

    def say_answers() -> None:
        while (one := answers.get()) is not None:
            say(one.result())

    speaker = threading.Thread(target=say_answers)
    speaker.start()
    with ThreadPoolExecutor(options.at_once) as at_once:
        for line in sys.stdin:
            answers.put(at_once.submit(answer, kms.sign, line.rstrip("\n")))
    answers.put(None)
    speaker.join()


if __name__ == "__main__":
    main()

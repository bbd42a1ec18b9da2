"""Publishing: a signed list for each number (STI-5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from healthpass.codec._keys import PublicKey, Signer
from healthpass.codec._time import from_seconds, now, to_seconds
from healthpass.documents._fields import check_list_base
from healthpass.documents._status_list import sign_list
from healthpass.ledger._interface import Ledger
from healthpass.ledger._ledger import DatabaseLedger
from healthpass.ledger._published import Comparison, compare_with, read_lists


def compare(ledger: DatabaseLedger, lists: Iterable[bytes], *, keys: Iterable[PublicKey]) -> Comparison:
    """Compare a ledger with lists that were published, such as those at its address.

    Where they say more than the ledger does, it is not the ledger that they were made of, or not all of it: an
    older copy was put in its place, or there are two of one issuer.

    Args:
        ledger: the ledger.
        lists: the lists, as they were published.
        keys: the issuer's status keys; each list must be signed by one of them.

    Raises:
        LedgerError: when the ledger cannot be read, or a list is none or not signed by one of the keys.
    """
    opened = read_lists(lists, keys)
    with ledger._database.snapshot("read") as connection:  # noqa: SLF001 - of this room
        return compare_with(connection, opened)


def publish(
    ledger: Ledger,
    issuer_base_uri: str,
    key: Signer,
    *,
    at: datetime | None = None,
    lifetime: timedelta,
    ttl: timedelta | None = None,
    after_pause: bool = False,
) -> dict[int, bytes]:
    """Sign all lists of a ledger anew, also those that have not changed.

    The log notes it before anything is signed. Its head, `ledger.head()`, is best told beside the lists, or kept
    where those cannot write who can write to the ledger: it finds a log that was cut off or written anew.

    Args:
        ledger: the ledger.
        issuer_base_uri: the issuer's `status` address, as the registry lists it.
        key: the status key.
        at: the time; when left out now, by the server's clock where the ledger is in PostgreSQL. Where the clock
            has gone back, iat goes on from the last one; but not from one that is dated more than a day ahead,
            which no gate has taken.
        lifetime: how long the lists count, at most 7 days.
        ttl: after how long it is worth asking again.
        after_pause: that the clock is right, though nothing was issued or published for more than two days.

    Returns:
        The lists by their numbers; the address of each is the base, a `/` and the number.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the address is none, or a time breaks STL-4.
        WentBackError: when the lists that were published last say more than the ledger does.
        LedgerError: when the ledger cannot be read or written, or the clock has jumped ahead.
        SignatureError: when the key's owner returns a wrong signature.
    """
    check_list_base(issuer_base_uri)
    if at is None:
        at = from_seconds(ledger._database.now()) if isinstance(ledger, DatabaseLedger) else now()  # noqa: SLF001
    issues = ledger.issue_lists(kid=key.public_key.kid, at=at, lifetime=lifetime, after_pause=after_pause)
    lists = {
        number: sign_list(
            issue.bitmap,
            uri=f"{issuer_base_uri}/{number}",
            key=key,
            issued=to_seconds(issue.issued_at),
            expires=to_seconds(issue.expires_at),
            ttl=None if ttl is None else ttl // timedelta(seconds=1),
        )
        for number, issue in issues.items()
    }
    ledger.keep_published(lists)
    return lists

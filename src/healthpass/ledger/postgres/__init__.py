"""A ledger in PostgreSQL, which many hosts share; install `healthpass[postgres]`.

>>> ledger = PostgresLedger.create("postgresql://office@db.example/health", "CN-33-01.WJW")  # doctest: +SKIP
"""

from healthpass.ledger.postgres._ledger import PostgresLedger

__all__ = ["PostgresLedger"]

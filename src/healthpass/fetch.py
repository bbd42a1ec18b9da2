"""Fetching a bundle from an address (extra: ``http``)."""

from healthpass.store._fetch import Fetched, FetchError, fetch

__all__ = ["FetchError", "Fetched", "fetch"]

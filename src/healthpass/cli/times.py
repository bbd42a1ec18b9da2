"""Times and durations on a command line; what is also read elsewhere is in `_spelling`."""

from datetime import datetime

from healthpass._spelling import read_day, read_duration, read_time, write_time

__all__ = ["local_time", "read_day", "read_duration", "read_time", "write_time"]


def local_time(moment: datetime) -> str:
    """Write a time for the people here: in the zone of this machine, which is written with it."""
    return moment.astimezone().isoformat(sep=" ")

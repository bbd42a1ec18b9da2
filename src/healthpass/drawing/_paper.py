"""Times on paper and in captions: written for the place where the code was issued."""

from datetime import datetime, timedelta, timezone
from typing import Final

from healthpass.credential._regions import IssuerId

_CHINA: Final = timezone(timedelta(hours=8))


def time_at(issuer: IssuerId, moment: datetime) -> str:
    """Write a time for the people there: `2026-11-02 08:00 UTC+8`.

    A paper code is read where it was issued; the zone of the office's server is no news there.
    """
    chinese = issuer.region.within("CN")
    zone = "UTC+8" if chinese else "UTC"
    return f"{moment.astimezone(_CHINA) if chinese else moment:%Y-%m-%d %H:%M} {zone}"


def chinese_time_at(issuer: IssuerId, moment: datetime) -> str:
    """Write the same time in Chinese words, for people who do not read dates with hyphens."""
    day, time, zone = time_at(issuer, moment).split()
    year, month, date = map(int, day.split("-"))
    where = "北京时间" if zone == "UTC+8" else "世界时"
    return f"{year}年{month}月{date}日 {time}（{where}）"

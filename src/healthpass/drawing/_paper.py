"""Words on paper and in captions: written for the place where the code was issued."""

from datetime import datetime, timedelta, timezone
from typing import Final

from healthpass.credential._regions import IssuerId
from healthpass.issuing._issue import Issued

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
    where = "北京时间" if zone == "UTC+8" else "协调世界时"
    return f"{year}年{month}月{date}日 {time}（{where}）"


def caption_of(issued: Issued) -> tuple[str, ...]:
    """Return a caption: whose code it is, who issued it, until when, and what to name in an appeal.

    It never tells the colour: a guard would read it here instead of scanning.
    """
    chinese = issued.issuer.region.within("CN")
    lines = (
        issued.issuer,
        f"{'有效至 ' if chinese else ''}until {time_at(issued.issuer, issued.expires_at)}",
        f"{'码编号 ' if chinese else ''}ref {issued.cti.hex()}",
    )
    return lines if issued.health.holder is None else (issued.health.holder, *lines)

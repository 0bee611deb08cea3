"""What a new calendar of working days begins with.

2004 to 2026 are the arrangements that the State Council published, as the library chinese-calendar has them. For 2027
none is published yet: its weekends and the 13 days off of the State Council's rules (全国年节及纪念日放假办法, as of
2025), which the library does not know. That year is provisional; an administrator puts the published one in its place.
"""

from collections.abc import Iterator
from datetime import date

from chinese_calendar import constants

PROVISIONAL_YEAR = 2027

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利日",
}
_HOLIDAYS_2027 = (
    (date(2027, 1, 1), "元旦"),
    (date(2027, 2, 5), "春节"),  # New Year's Eve of the lunar year that begins on 6 February
    (date(2027, 2, 6), "春节"),
    (date(2027, 2, 7), "春节"),
    (date(2027, 2, 8), "春节"),
    (date(2027, 4, 5), "清明节"),
    (date(2027, 5, 1), "劳动节"),
    (date(2027, 5, 2), "劳动节"),
    (date(2027, 6, 9), "端午节"),
    (date(2027, 9, 15), "中秋节"),
    (date(2027, 10, 1), "国庆节"),
    (date(2027, 10, 2), "国庆节"),
    (date(2027, 10, 3), "国庆节"),
)


def seeded_years() -> Iterator[tuple[int, bool]]:
    """Yield each year and whether it is provisional."""
    for year in sorted({day.year for day in constants.holidays}):
        yield year, False
    yield PROVISIONAL_YEAR, True


def seeded_days() -> Iterator[tuple[date, bool, str]]:
    """Yield each day with a row: the day, whether it is worked, and the holiday it belongs to."""
    found = [(day, False, _NAMES[name]) for day, name in constants.holidays.items()]
    found += [(day, True, _NAMES[name]) for day, name in constants.workdays.items()]
    found += [(day, False, name) for day, name in _HOLIDAYS_2027]
    yield from sorted(found)

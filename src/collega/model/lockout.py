"""Pauses after wrong passwords: none at first, then each twice the one before, never for ever.

A lock that stays would let anybody lock a doctor out; the longest pause holds who guesses to a hundred tries a day.
"""

from datetime import timedelta

FREE_TRIES = 5
# A ward shares an address: it may be wrong more often before it waits.
FREE_TRIES_OF_ADDRESS = 20
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
_MOST_DOUBLINGS = 10


def pause(failures: int, free: int = FREE_TRIES) -> timedelta:
    """How long nobody is let in after so many wrong tries in a row."""
    beyond = failures - free
    if beyond < 0:
        return timedelta()
    return min(FIRST_PAUSE * (1 << min(beyond, _MOST_DOUBLINGS)), LONGEST_PAUSE)

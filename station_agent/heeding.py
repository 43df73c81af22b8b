"""Word from the county, as `station sync` left it in link.db: lists, and that it holds another history than ours.

A shell over link.db and the journal. Called by the agent's loop every few seconds and at its start.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from station_agent.counter.answers import Answer
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.dropping import NAMED, Gone
from station_agent.journal.writer import Journal, Record
from station_agent.link_words import LinkWords
from station_agent.outlook import Outlook
from station_agent.sent_down import SentDown
from sync.dropped import GONE
from sync.entry import Lane
from sync.link import LinkFile, Noted
from sync.trouble import Trouble

BUSY_S = 0.05
"""So long a locked link.db is waited for; the next look comes soon."""
MAX_NAMED = 400
"""Ranges named at once, the newest: a chain has one, and one more for each time its card was full."""


def heed_county(
    path: Path,
    journal: Journal,
    wall_ms: Callable[[], int],
    sent_down: SentDown | None = None,
    outlook: Outlook | None = None,
    *,
    words: LinkWords | None = None,
) -> Answer | None:
    """Take the lists it sent and see how far it is; if it has another history of our epoch, go on in a new one.

    Returns what the sync process left to be said since the last look.
    """
    words = words if words is not None else LinkWords()
    if not path.exists():
        if outlook is not None:
            outlook.look(None)
        return words.fresh([])
    try:
        # Opened anew each time: the sync process may have made the file again in its place.
        with contextlib.closing(LinkFile(path, wall_ms, writable=False, timeout_s=BUSY_S)) as link:
            troubles, left, incarnation = link.troubles(), link.words(), link.incarnation()
            if sent_down is not None:
                sent_down.look(link)
            if outlook is not None:
                outlook.look(link)
    except sqlite3.DatabaseError:
        return None  # that file is the sync process' to mend; it is looked at again soon
    turn_over(troubles, journal)
    name_what_is_gone(troubles, journal, incarnation)
    return words.fresh(left)


def turn_over(troubles: Iterable[Noted], journal: Journal) -> None:
    """Go on in a new epoch if the county has another history of ours; what the card refuses is tried again."""
    for noted in troubles:
        if noted.trouble not in (Trouble.FORK, Trouble.ROLLED_BACK) or noted.chain is None:
            continue
        if noted.chain.epoch == journal.epoch:
            with contextlib.suppress(JournalFull, JournalUnwritable):
                journal.open_epoch(noted.trouble.value)
            break


def name_what_is_gone(troubles: Iterable[Noted], journal: Journal, incarnation: bytes) -> None:
    """Tell a county that was restored from an old backup what it lacks and nobody has any more; once an incarnation.

    In a new epoch, for a chain with a hole cannot tell of it itself: the county takes nothing behind the hole. What the
    card refuses is tried again.
    """
    lacking = any(noted.trouble is Trouble.GONE for noted in troubles)
    if not lacking or not incarnation or journal.remembered(NAMED) == incarnation:
        return
    with contextlib.suppress(JournalFull, JournalUnwritable):
        records = [_gone(each) for each in journal.gone()[-MAX_NAMED:]]
        journal.open_epoch("restored", records, {NAMED: incarnation})


def _gone(each: Gone) -> Record:
    fields = {"epoch": each.epoch, "lane": each.lane, "first": each.first, "last": each.last, "hash": each.hash}
    return Record(Lane.CUSTODY, GONE, fields)

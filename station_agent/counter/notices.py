"""Notices: whether the county is to be asked now to tell the recipient of one parcel. Pure.

Rules
1. Nobody is told of a parcel whose batch is not confirmed: OK asks for all of the batch at once (`desks/receiving.py`).
2. Whoever becomes known later, or whose parcel is released later, is asked for at once, and once only: a number keyed
   anew after that changes whom the counter knows and asks for nothing.
3. Nobody is told of a parcel that has left or that has any trouble.

the parcel                            number known     entry
------------------------------------  ---------------  ----------
here, batch not confirmed             either           -
here, batch confirmed, nobody told    no               -
here, batch confirmed, nobody told    yes              notice.due
here, taken over by the stock-take    yes              notice.due
told, in trouble, or not here         either           -

Called by the front desk, the desk of 入库 and the news from the county.
"""

from station_agent.counter.books import Books
from station_agent.counter.shelves import Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record


def notice_now(books: Books, parcel: Parcel, *, can_be_told: bool) -> tuple[Record, ...]:
    """The entry that asks for it, or none. can_be_told: by what is known once the same decision is on disk."""
    confirmed = parcel.batch <= books.numbers.value("confirmed")  # one the stock-take took over is of batch 0
    if not (can_be_told and confirmed and parcel.is_here) or parcel.notice or parcel.trouble:
        return ()
    return (custody("notice.due", waybill=parcel.waybill, code=parcel.code),)

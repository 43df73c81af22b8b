"""What happens to a parcel here: pure rules, no disk, no device, no clock.

vocabulary.py  the kinds of entries and what they hold
cards.py       the printed cards an attendant scans
answers.py     what the station says: colour, sound; its words stand in phrases/
tokens.py      a scan's text -> card, digits, pick-up code, paper of our own, waybill
decision.py    what goes through the counter: moment, tokens, what is in mind, the decision
counter.py     takes a scan or a weight, asks the desk of the mode, works out what the entries change
desk.py        what every desk has; the desks themselves stand in desks/
books.py       all that is here now; book.py: one table of it; shelves, bags, households, cases, numbers, consignments,
               holds: the tables
news.py        lists of the county that came after their parcels: whose they are, that somebody was told
site.py        what no book holds: goods (goods.py, from products.toml and destinations.toml), flights, who is on duty
house.py       the station's own rules, and what is heard from outside
today.py       the day as it stands; uncollected.py: parcels nobody fetches; local_day.py: the station's own day
unused.py      what is recorded of scans nobody can use
weighing.py    a stream of weights -> one weight a parcel can be given
chilled.py     which parcel lies in which cold box
faults.py      device trouble as opened / closed / count
boxes.py       temperatures of a cold box in blocks
doors.py       lids of the cold boxes
calibration.py what a comparison with a reference thermometer found
"""

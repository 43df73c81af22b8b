"""Who a parcel is for: telephone numbers and names, kept encrypted, shown masked, sealed for the county, erased.

masking.py    what people may see of a name, a number, an address
phones.py     what a text is as a telephone number
contacts.py   Contacts: the book of what is known, in memory over encrypted rows
announced.py  whom the county's list of expected parcels names, still sealed
vault.py      the cipher of the rows
pseudonyms.py names for recipients that change every month
key_files.py  the keys on the card
sealing.py    what the county may know, as the personal part of an entry
retention.py  what has been kept long enough
sweep.py      erases it, once a day

Nothing of this ever stands in an entry's body, a log, an error or a topic. What the county may know leaves only sealed
to its key (`sync/sealing.py`).
"""

"""The desks of the counter, one file each: what a token means in that mode, and what is recorded.

receiving.py    入库   parcels come in, in batches
handing_out.py  出库   parcels are fetched
front.py        any    marks, phones, household cards, complaints: what is heard in every mode
"""

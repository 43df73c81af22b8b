"""The desks of the counter, one file each: what a token means in that mode, and what is recorded.

receiving.py    入库   parcels come in, in batches
handing_out.py  出库   parcels are fetched
sending.py      寄件   parcels are accepted from senders; with sending_said, sending_steps, sending_tasks
front.py        any    marks, phones, household cards, complaints: what is heard in every mode
"""

"""The contract of the wire and both its ends.

entry.py      one journal entry: exact header bytes, body, personal part, hash chain
sealing.py    what the personal part holds: a contact only the county opens
wire.py       the messages: batch, hello, receipt; byte by byte in README.md
keys.py       Ed25519 keys of a station and of the county
sender.py     the station's end, pure
receiver.py   the county's end, pure
contents.py   what each list says, and its bounds
lists.py      the messages of lists, byte by byte in README.md
board.py      the station's end of the lists, pure
badge.py      who stands at the counter: a QR text signed by the county
jitter.py     when to try again
link.py       link.db: what the county confirmed, and what came down
mqtt.py       the thin shell around paho that both ends use
ship.py       the process `station sync`
county/       the county's own house: database, ingest, pages
"""

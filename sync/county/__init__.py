"""The county's own house: what the stations brought, committed once and kept; what people ask of it.

schema.py      the tables
database.py    opening a database; its refusals as LogUnavailable
store.py       the log of all stations (what the receiver needs) and the register of stations
verify.py      walks the stored chains
project.py     turns the log into tables
trace.py       one parcel's life in a believable order, pure
lists.py       puts lists up, answers and pushes them
badges.py      issues and revokes badges
ingest.py      messages in, receipts out
broker.py      an embedded broker, for a demo or a small county
settings.py    county.toml
serve.py       all of it in one process
cli.py         the command `county`, with list_commands.py, badge_commands.py and terminal.py
"""

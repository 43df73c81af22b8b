"""The record of what happened here: one append-only SQLite file with two chained lanes.

schema.py    tables and migrations
writer.py    Journal: the one writing connection
reader.py    JournalFile: read-only, for sync, show, verify
refusals.py  what SQLite refuses, in our errors
changes.py   what an entry changes in the tables of what is here now
"""

"""The record of what happened here: one append-only SQLite file with two chained lanes.

schema.py    tables and migrations
writer.py    Journal: the one writing connection
reader.py    JournalFile: read-only, for sync, show, verify
refusals.py  what SQLite refuses, in our errors
check.py     what a start looks at before it believes the file
log_file.py  the write-ahead log as bytes: whether commits of it will be left out
remains.py   entries found in the bytes of a broken file
mending.py   which of them are what was written
salvage.py   sets a broken journal aside and makes a new one of what is left
audit.py     walks all of it in quiet moments
dropping.py  telemetry let go of on a full card
snapshots.py all that is here now, as entries
window.py    since when the county has had what it confirmed
pruning.py   what it has had for long goes, a piece at a time
side.py      what is remembered in small files beside it
changes.py   what an entry changes in the tables of what is here now
"""

"""Measurements, each beside its yardstick in the same run: `make bench`.

__main__.py   runs them all and prints the table and JSON
latency.py    scan -> feedback against a bare SQLite commit
backlog.py    journal -> broker -> county committed -> confirmed, and bytes on the wire
footprint.py  memory, idle processor, start to ready, writes to the card
"""

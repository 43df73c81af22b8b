"""Measurements, each beside its yardstick in the same run: `make bench`.

__main__.py             runs them all and prints the table and JSON
latency.py              scan -> feedback against a bare SQLite commit
footprint.py, day.py    memory, idle processor, start to ready, writes to the card on a normal day
lookups.py              a parcel among ten thousand on the shelves
growth.py               the station's work as its journal grows to a million entries
backlog.py              journal -> broker -> county committed -> confirmed, and bytes on the wire
gateway.py              thingsboard-gateway with the same events; gateway_connector.py runs inside it
bare_paho.py            a publish of QoS 1 for each event
county.py               the county's cost per event at ten million
county_postgres.py      the same on PostgreSQL at a million, beside SQLite
decoders.py, pictures.py  what reading a scale's frame and a picture costs
wire.py                 a normal day on the wire
story.py, listener.py   journals full of believable work; who listens at the broker
"""

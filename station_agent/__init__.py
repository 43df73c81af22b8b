"""station_agent: what happens to a parcel in one village station, and the record of it.

The counter's work, the journal, the attendant's page and the `station` commands live here. It reads devices through
`drivers` and hands its journal to `sync`; it never opens a broker connection of its own and knows nothing of the
county's database. Pure cores (`waybill`, the counter, the cold chain) are imported by thin shells, never the reverse.
"""

VERSION = "0.1.0"
"""Version of this software; pyproject.toml reads it here."""

"""The world outside a station: devices on virtual wires, and the link between a station and the county's broker.

A second, independent reading of the makers' manuals: nothing here imports `drivers` or `station_agent`, so that a
fault in one reading of a manual shows up as a disagreement instead of cancelling out. The agent meets these twins only
through a path in its configuration; nothing falls back to them.
"""

"""The subcommands of `station`, one file each: a click command that asks a core and puts its answer into words.

No rule of the trade lives here. Called by the `station` group.
"""

"""`python -m sync.county` is the command `county`."""

from sync.county.cli import main

main()

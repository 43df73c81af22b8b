"""Years of a county in seconds: many stations with the real cores, one seed, virtual time. See README.md."""

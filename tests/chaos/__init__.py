"""Real processes and real engines, ended at bad moments: `make chaos`."""

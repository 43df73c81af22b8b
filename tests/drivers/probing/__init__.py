"""The probe, held against the simulated devices it must know and the ones it must not."""

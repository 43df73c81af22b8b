"""Unit tests of `drivers.scales`."""

"""Unit tests of `drivers.scanners`."""

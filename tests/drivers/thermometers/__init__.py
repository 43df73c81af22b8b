"""Unit tests of `drivers.thermometers`."""

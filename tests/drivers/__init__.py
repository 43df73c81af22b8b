"""Unit tests of `drivers`, one file per module."""

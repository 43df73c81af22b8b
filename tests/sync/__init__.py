"""Tests of the wire and both its ends."""

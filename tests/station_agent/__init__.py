"""Tests of station_agent, one module a core."""

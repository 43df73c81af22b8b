"""Tests of the simulated world: frames against the makers' words (devices.md), ptys and sockets against real reads."""

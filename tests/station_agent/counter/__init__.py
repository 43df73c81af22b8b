"""Tests of the counter: pure rules, each table walked row by row, and properties over any order of events."""

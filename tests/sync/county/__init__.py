"""Tests of the county's end: its log, its tables, its ingest, its command line."""

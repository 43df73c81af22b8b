"""Barcode scanners: one file per protocol."""

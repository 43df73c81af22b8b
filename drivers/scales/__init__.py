"""Parcel scales: one file per frame format, the frame drawn in its docstring."""

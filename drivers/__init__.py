"""Bytes from a device -> readings. Nothing here knows what a parcel is.

    readings.py     what a device can say: Scan, Weight, Temperature, Door, BadReading
    seam.py         Port, Decoder, Sampler: the three shapes every driver is made of
    models.py       MODELS: one line per device model
    ports.py        the shells that hold a file descriptor
    supervision.py  keeps one device open: back-off, silence, faults
    <model>.py      one file per model, the frame drawn in its docstring
"""

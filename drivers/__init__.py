"""Bytes from a device -> readings. Nothing here knows what a parcel is.

readings.py     what a device can say: Scan, Weight, Temperature, Door, Power, BadReading
seam.py         Port, Decoder, Sampler: the three shapes every driver is made of
models.py       MODELS: one line per device model
framing.py      what byte protocols share: lines, parity, silence, noise
ports.py        the shells that hold a file descriptor: serial here, ports_hidraw.py for USB reports
wake.py         waiting for bytes in a way that another thread can end
modbus.py       Modbus RTU frames; registers.py asks for them in rounds
probing/        what is on this port, and how sure that is: plan, evidence, verdict
sysfs.py        reads and writes the kernel's small files
outages.py      what is told of a device in trouble: the pure half of supervision
supervision.py  keeps one device alive on a thread of its own
<model>.py      one file per model, the frame drawn in its docstring
"""

"""What is on this port? Tries the known protocols at their usual line settings, and says how sure it is.

plan.py      what will be listened to and asked, byte by byte, in which order, and how long that takes at most
session.py   carries a plan out over a port that is handed in
evidence.py  what one model made of the bytes that came
slaves.py    the same for a Modbus line: who is there, and what its registers look like
verdict.py   which models it may be and how sure that is
advice.py    what to look at when nothing was found, and what stays open where something was

All pure. Called by `station devices probe`, which holds the port and the clock.
"""

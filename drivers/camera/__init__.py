"""Codes in pictures: what to try, in which order, and which reads count (devices.md B5).

chain.py        pure: the steps, which comes next, and what must be confirmed before it counts
decoders.py     thin adapters of zxing-cpp, OpenCV and pyzbar, whichever are there
worker.py       the short-lived process that holds them, so that the agent stays small and survives their crashes
process.py      the agent's end of that process, and one picture's way through the chain
scan_camera.py  the model: a folder of pictures as a scanner
health.py       which decoders are there, and how to get the others
"""

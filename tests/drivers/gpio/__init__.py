"""Unit tests of `drivers.gpio`; pins are gpiozero's mock, named as a configuration names it."""

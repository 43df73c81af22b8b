"""Thermometers of the cold boxes."""

"""Thermometers that are not on the 1-wire bus (that is `sim_hardware.w1_bus`): Modbus, and files of iio and hwmon."""

"""The Pi's own pins, through gpiozero: door contacts and push buttons in, lamps, buzzer and relay out."""

"""`station-sim demo`: a simulated day of one village station, with nothing faked but the hardware and the people.

stage.py    sets up a station and a county in a folder and starts their real processes
day.py      what happens, minute by minute: people, parcels, bags, weather, a broken link
ledgers.py  reads both databases from outside, without any code of station or county
screen.py   the live picture in the terminal
audit.py    the summary, every line of it checked
play.py     puts them together
"""

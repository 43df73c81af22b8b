"""What happens to a parcel here: pure rules, no disk, no device, no clock.

vocabulary.py  the kinds of entries and what they hold
cards.py       the printed cards an attendant scans
answers.py     what the station says: colour, sound, words
shelves.py     what is here now, and how an entry changes it
counter.py     a scan or a weight -> entries to write and an answer to give
weighing.py    a stream of weights -> one weight a parcel can be given
faults.py      device trouble as opened / closed / count
boxes.py       temperatures of a cold box in blocks
doors.py       lids of the cold boxes
calibration.py what a comparison with a reference thermometer found
"""

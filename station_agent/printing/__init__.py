"""What the station prints: cards, stickers, labels, driver stubs and paper forms.

    texts and numbers -> cards | stickers | stubs | sheets | label -> pages of marks -> pdf | picture -> tspl, zpl

A page is data (`drawing`): words, bars, squares and lines in millimetres. The layouts are cores; `pdf` and `picture`
draw a page, `fonts`, `serials` and `output` touch the machine. Nothing here knows what a scan of a card does. Loaded by
the commands that print, never by `station run`.
"""

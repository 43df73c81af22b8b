"""Tests of the journal: the same on sqlite3 and on apsw, whose files are the same and whose manners are not."""

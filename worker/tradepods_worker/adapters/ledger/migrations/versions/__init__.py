"""One file a revision; the tables that they build are those of `tables.py`, as a test watches."""

"""The outside: ledger, venues, feed, messenger, clocks; one library each, its exceptions end there."""

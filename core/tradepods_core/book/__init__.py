"""One account's book: what is open, how events become facts, and how facts change it."""

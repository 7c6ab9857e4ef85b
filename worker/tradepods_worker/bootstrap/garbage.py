"""What a start has made stays: the search for garbage need not go through it again in the middle of a cycle."""

import gc


def keep_what_is_here() -> None:
    """A search through all of it takes some 30 ms, and would come at any moment; of what comes later it is short."""
    gc.collect()
    gc.freeze()

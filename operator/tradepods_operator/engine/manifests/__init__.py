"""The objects of one account's worker, each a pure function of the account."""

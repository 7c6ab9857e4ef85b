"""The worker: one account's trader, its ledger included."""

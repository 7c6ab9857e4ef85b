"""What the command says of ledgers: shown, exported, recomputed."""

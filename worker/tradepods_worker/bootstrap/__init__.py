"""The only place that picks implementations: `parts` chooses them, `serve` starts, runs and stops one worker."""

"""The only place that picks implementations: `outside` and `gate` choose them, `serve` runs the service."""

"""What programs tell each other: cycles, the event stream, the fleet's digests, problem documents."""

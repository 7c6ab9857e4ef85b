"""Running the whole system on one machine: the supervisor, the demo, its table and report."""

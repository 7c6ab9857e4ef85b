"""What the project promises, measured. `make bench` prints it; nothing here passes or fails."""

"""What the running signal service is asked, and how its answers are shown."""

"""What tests share: builders of values, and an account without a process around it."""

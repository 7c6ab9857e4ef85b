"""What an account does: guards, sizing, entries, protection, notices; pure functions over one snapshot."""

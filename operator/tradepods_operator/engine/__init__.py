"""What an account's cluster objects should be, decided purely; and the queue that works through the accounts."""

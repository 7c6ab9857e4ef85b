"""What a worker is for: one event after the other becomes facts, intents and notices, and intents are carried out."""

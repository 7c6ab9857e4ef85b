"""A Telegram Bot API on this machine: bots, chats, people who type and press, files, limits and faults."""

"""A Telegram Bot API that takes messages and keeps a transcript."""

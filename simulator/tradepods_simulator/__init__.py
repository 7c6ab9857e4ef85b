"""An exchange and a Telegram Bot API that speak the real protocols on localhost."""

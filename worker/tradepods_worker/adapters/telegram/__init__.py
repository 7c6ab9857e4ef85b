"""The account's bot: notices become texts, texts are sent."""

"""What callers want, found out from what was heard: `intents.conf` and the matcher that it trains."""

"""Messages of social networks: Messenger, Instagram and X."""

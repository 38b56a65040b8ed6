"""Web chat: its gateway, its sockets, and its widget in a browser, on a real hub."""

"""Web chat: customers' sockets, what they are told, and what they missed."""

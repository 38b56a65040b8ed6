"""Web chat: the hub's own widget in customers' pages."""

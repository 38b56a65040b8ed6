"""The HTTP side of the hub: `/api/v1`, webhooks, health, metrics and the agent page."""

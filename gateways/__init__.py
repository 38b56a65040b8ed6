"""Text channels: wire formats, durable inbox and outbox."""

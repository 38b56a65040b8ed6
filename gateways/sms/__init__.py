"""SMS, by a provider that can be exchanged."""

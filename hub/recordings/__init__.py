"""Recordings of calls: begun and paused, joined and encrypted, stored, played and deleted."""

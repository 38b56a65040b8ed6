"""The schema's history. `python -m hub.migrations.revision "what changed"` writes the next step."""

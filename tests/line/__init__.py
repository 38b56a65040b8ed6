"""LINE against its simulator, and both against LINE's SDK."""

"""Requests that people fill in on web pages: forms."""

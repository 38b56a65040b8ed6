"""Calls from web pages, and agents' phones in browsers."""

"""Calls from pages, against a real Asterisk: aiortc clients that speak SIP over WebSocket."""

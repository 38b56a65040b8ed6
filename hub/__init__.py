"""Composition root: settings, lifetimes, HTTP, sign-in, CLI."""

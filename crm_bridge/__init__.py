"""Customers, identifiers, journey: who is calling, and what happened before."""

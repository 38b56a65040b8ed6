"""Seeded simulation: the routing core among customers, agents and faults on a virtual clock."""

"""What runs beside the hub on one machine: Asterisk and Redis, found, configured, started and stopped.

`./run` and the tests use the same classes: a service is told its state folder, its addresses and
its secrets, and touches nothing else.
"""

"""Faxes: the parts that join the channel to Asterisk and to the journey."""

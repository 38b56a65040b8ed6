"""Faxes: received and sent by Asterisk, as files and what is known of them in its spool folder."""

"""Text contacts: who writes, where it belongs, what is answered."""

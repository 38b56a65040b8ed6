"""Automatic contact distribution: the shared vocabulary, the pure routing core and its Redis shell."""

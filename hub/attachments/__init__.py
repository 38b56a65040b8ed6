"""Files that customers and agents send each other: looked at, kept, read, deleted."""

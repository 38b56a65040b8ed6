"""What is kept for long outside the database: named objects, encrypted, on files or in a bucket."""

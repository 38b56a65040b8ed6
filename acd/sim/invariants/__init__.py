"""What must hold after every decision, whatever happens. Worked out from the records alone, the slow way."""

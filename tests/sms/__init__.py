"""SMS, social messages and forms, against their peers."""

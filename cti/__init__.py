"""Computer telephony: Asterisk's links (ARI, AMI), call control, softphone."""

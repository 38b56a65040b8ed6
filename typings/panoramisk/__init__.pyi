# What cti/ami_connection.py uses of panoramisk 1.4.

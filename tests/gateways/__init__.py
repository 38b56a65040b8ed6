"""Tests of the text channels."""

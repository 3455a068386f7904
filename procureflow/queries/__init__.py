"""Reads: always ordered; what the actor may see is decided here."""

"""The tests of ProcureFlow."""

"""Writes: one function per use case, verb_noun. The caller owns the unit of work; none commits."""

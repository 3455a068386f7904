"""Pure Python: policy, workflow, votes and evidence. No Flask, no SQLAlchemy, no clock, no I/O."""

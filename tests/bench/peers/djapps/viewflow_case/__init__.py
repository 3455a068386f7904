"""The Django app of the peer viewflow_fsm."""

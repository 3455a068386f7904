"""The Django app of the peer django_fsm_2."""

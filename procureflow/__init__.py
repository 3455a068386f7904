"""ProcureFlow holds a council's ICT buying to policy: from a need to a decision, on the record."""

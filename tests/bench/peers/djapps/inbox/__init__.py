"""The list of requests in Django, over ProcureFlow's own tables."""

"""What is promised of reliability and security, each promise beside an unsafe twin that breaks it.

`make test` runs these with small counts; `python -m tests.assurance` with the full ones.
"""

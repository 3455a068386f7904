"""The peers; `worker.py` says what each module offers."""

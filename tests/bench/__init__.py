"""The benchmark (`make bench`): ProcureFlow beside what else it could have been built on.

`python -m tests.bench` runs the parts in `parts/`, prints a table for each and writes
`build/bench.json`. Figures that matter are ratios taken in the same run; absolute figures
are for the record. `--part` runs one of them:

- `lifecycle`: a request from its draft to its decision, beside other workflow engines;
- `inbox`: the list of requests, beside the least that our application answers and beside the same
  list in Django;
- `large`: every list and desk with 100,000 requests. Its limits are absolute, and it fills a
  database for minutes: run it on a quiet machine, and with `--only sqlite` for the shorter half.
"""

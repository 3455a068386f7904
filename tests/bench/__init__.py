"""The benchmark (`make bench`): ProcureFlow beside what else it could have been built on.

`python -m tests.bench` runs the parts in `parts/`, prints a table for each and writes
`build/bench.json`. Figures that matter are ratios taken in the same run; absolute figures
are for the record.
"""

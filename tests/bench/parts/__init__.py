"""The parts of the benchmark: one module each, with `run(options)`.

A part prints its own table and returns the rows of `build/bench.json`: `name`, `database`,
`processes`, `unit`, `ours`, `other`, `ratio`, `target` and `met`. `ratio` is None where it could
not be measured; `target` and `met` are None in rows that are for the record only.
"""

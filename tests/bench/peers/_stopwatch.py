"""The seconds of each step of a lifecycle."""

import time


class Stopwatch:
    """`with watch:` around each step. What happens between two steps isn't counted."""

    __slots__ = ("_started", "seconds")

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds.append(time.perf_counter() - self._started)

"""Settings for the tests of the domain."""

from __future__ import annotations

from hypothesis import settings

# The rest is Hypothesis's own: in CI it repeats the same examples. An example that takes long on a
# busy machine is no fault of the domain.
settings.register_profile("unit", settings(), deadline=None)
settings.load_profile("unit")

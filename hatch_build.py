"""Carries the folders beside the package into the wheel, so that an install needs no checkout."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

RESOURCES = ("config", "migrations", "templates")


class ResourcesHook(BuildHookInterface[Any]):
    """Includes them in a real wheel only.

    Declared as `force-include` in pyproject.toml they would also be copied into an editable
    install, and go stale there beside the checkout that is really used.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            for name in RESOURCES:
                build_data["force_include"][name] = f"procureflow/_resources/{name}"

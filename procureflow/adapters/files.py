"""A council's folder → its documents' texts."""

from __future__ import annotations

from pathlib import Path

from procureflow.domain.definitions.source import ConfigFaults, Fault

LARGEST = 1_000_000
#: Files that stand in a council's folder without being part of what it publishes.
BESIDE = frozenset({"demonstration.yaml"})


def read_documents(folder: Path) -> dict[str, str]:
    """The texts of a council's documents by name ("policy/2007-03-22-embargo.yaml").

    Raises ConfigFaults for what can't be read; other files in the folder are left alone.
    """
    if not folder.is_dir():
        raise ConfigFaults(
            [Fault(str(folder), 1, "there is no such folder", "name a council’s folder")]
        )
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*.y*ml")):
        name = path.relative_to(folder).as_posix()
        if name in BESIDE:
            continue
        if path.suffix == ".yml":
            faults.append(Fault(name, 1, "its name ends in .yml", "rename it to .yaml"))
            continue
        try:
            texts[name] = read_text(path)
        except (OSError, ValueError) as error:
            faults.append(Fault(name, 1, str(error), "save it as plain UTF-8 text"))
    if faults:
        raise ConfigFaults(faults)
    return texts


def read_text(path: Path) -> str:
    """A file's text. Raises ValueError where it is too large or not UTF-8."""
    return decoded(path.read_bytes())


def decoded(data: bytes) -> str:
    """A document's text. Raises ValueError where it is too large or not UTF-8."""
    if len(data) > LARGEST:
        raise ValueError("the file is over a megabyte")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from error

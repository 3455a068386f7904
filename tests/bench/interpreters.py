"""Which Python runs which peer.

ProcureFlow and the floor run in the project's own environment. The peers it is compared with
live in `build/bench-venv`, made on first use from the exact pins of `requirements.txt` beside
this file, so that their packages never become dependencies of the project.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.options import BUILD

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PEER_VENV = BUILD / "bench-venv"


def peer_python() -> str:
    """Return the interpreter of the peers' environment, making or remaking it where needed.

    Raises CalledProcessError when it can't be made (pip's own words go to stderr).
    """
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = PEER_VENV / "pins.sha256"
    python = PEER_VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pins:
        print(f"Making {PEER_VENV} (once, and whenever its requirements change)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEER_VENV)], check=True)
        # Quiet twice: of what pip says, only errors.
        pip = [str(python), "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--requirement", str(REQUIREMENTS)], check=True)
        stamp.write_text(pins, encoding="utf-8")
    return str(python)

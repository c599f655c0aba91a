"""Build `.venv` with what this project needs: standard library only, any Python 3.11 to 3.13.

Run as `python3 -m market.install` (the Makefile does). A second run with the same Python and
the same pins takes no time: a stamp inside `.venv` says what it was built from.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed-from"
PINS = ROOT / "tests" / "requirements.txt"


def fingerprint() -> str:
    """What `.venv` must have been built from: the pins and this Python."""
    return f"{sys.version_info[:2]} {hashlib.sha256(PINS.read_bytes()).hexdigest()}"


def is_installed() -> bool:
    """Whether `.venv` is there, complete, and still works (its Python may have been removed)."""
    if not STAMP.is_file() or STAMP.read_text() != fingerprint():
        return False
    answer = subprocess.run([_python(), "-c", "pass"], capture_output=True, check=False)  # noqa: S603
    return answer.returncode == 0


def install() -> None:
    """Make a new `.venv` and install every pinned package; raises CalledProcessError."""
    print("Setting up .venv (once; about a minute) ...", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    _create()
    _pip("install", "--quiet", "--requirement", str(PINS))
    STAMP.write_text(fingerprint())


def _create() -> None:
    try:
        import ensurepip
    except ImportError:
        has_ensurepip = False
    else:
        has_ensurepip = bool(ensurepip.version())
    venv.create(VENV, with_pip=has_ensurepip, symlinks=True)
    if not has_ensurepip:
        _borrow_pip()


def _borrow_pip() -> None:
    """Debian splits ensurepip off (python3-venv): let the machine's own pip install a pip."""
    target = f"{VENV}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, "pip"]
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        raise SystemExit(
            "This Python has neither ensurepip nor pip. On Debian and Ubuntu run: "
            "apt-get install python3-venv python3-pip"
        )


def _pip(*arguments: str) -> None:
    subprocess.run([_python(), "-m", "pip", *arguments], check=True)  # noqa: S603


def _python() -> str:
    return str(VENV / "bin" / "python")


def main() -> None:
    """Refuse a Python that cannot run the market, else install what is missing."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise SystemExit("The market needs Python 3.11, 3.12 or 3.13.")
    if is_installed():
        return
    try:
        install()
    except subprocess.CalledProcessError:
        raise SystemExit(
            "The packages could not be installed: see pip's message above. "
            "Without a network, point pip at a mirror (PIP_INDEX_URL) and try again."
        ) from None


if __name__ == "__main__":
    main()

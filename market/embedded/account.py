"""Which account the servers run as, and where that account can keep their files.

PostgreSQL refuses to run as root. Started by root we drop to an unprivileged account for the
servers, and never loosen the rights of a folder that is not ours: where the account cannot reach
MARKET_HOME (below /root, say) the databases live in /var/lib/talad-loyfa, and we say so.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from market.embedded.attach import LocalError

FALLBACK = Path("/var/lib/talad-loyfa")
CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An account to drop to; None as uid means: stay who we are."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """What subprocess needs to become this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether the account may walk to `path` (the nearest part of it that exists)."""
        while not path.exists():
            path = path.parent
        walk = ["/bin/sh", "-c", 'cd "$1"', "sh", str(path if path.is_dir() else path.parent)]
        answer = subprocess.run(  # noqa: S603
            walk, cwd="/", capture_output=True, check=False, **self.popen_arguments()
        )
        return answer.returncode == 0

    def make_folder(self, path: Path) -> Path:
        """A folder (0700) of this account; its parents must exist."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        return path


@dataclass(frozen=True)
class Place:
    """Where the servers' files are, and whose they are."""

    folder: Path
    account: Account

    def program(self, package: Path, version: str) -> Path:
        """A package of programs, copied to where the account can reach it if it must be."""
        if self.account.can_reach(package):
            return package
        copy = self.folder / "programs" / f"{package.name}-{version}"
        if not copy.exists():
            copy.parent.mkdir(mode=0o755, exist_ok=True)
            unfinished = copy.with_suffix(f".{os.getpid()}")
            # A wheel keeps its libraries beside the package, and its programs look for them there.
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, unfinished / part.name, symlinks=True)
            unfinished.chmod(0o755)
            unfinished.rename(copy)
        return copy / package.name


def choose_place(home: Path, home_id: str) -> Place:
    """The account and the folder for the servers of `home`; raises LocalError."""
    if os.geteuid() != 0:
        folder = home / "server"
        return Place(Account().make_folder(folder), Account())
    for folder in (home / "server", FALLBACK / home_id):
        account = _account_for(folder)
        if account.can_reach(folder.parent):
            folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            return Place(account.make_folder(folder), account)
    raise LocalError(
        f"PostgreSQL does not run as root, and the account it drops to reaches neither {home} "
        f"nor {FALLBACK}. Set MARKET_HOME to a folder everybody may enter, for example "
        "MARKET_HOME=/srv/market, or start the market as an ordinary user."
    )


def _account_for(folder: Path) -> Account:
    if folder.exists() and folder.stat().st_uid != 0:
        owner = folder.stat()
        return Account(owner.st_uid, owner.st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LocalError(
        "PostgreSQL does not run as root and this machine has neither an account postgres nor "
        "nobody. Start the market as an ordinary user."
    )

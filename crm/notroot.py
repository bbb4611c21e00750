"""PostgreSQL refuses to run as root. A root shell owns its checkout: the server gets another name, not other files.

First choice: a user namespace in which our own user bears the number of another one. The files stay ours, nobody else
can read them, and a folder below /root needs no wider permissions. Where namespaces are forbidden (most containers):
the user `nobody` with the one capability to pass through folders, by `setpriv` of util-linux.
"""

import ctypes
import os
import pwd
import shutil
from functools import cache
from pathlib import Path

CLONE_NEWUSER = 0x10000000


def is_needed():
    """For root, and for a user without a name (a container's `--user 1234`), which `initdb` refuses as well."""
    return os.geteuid() == 0 or not any(entry.pw_uid == os.geteuid() for entry in pwd.getpwall())


@cache
def disguise():
    """(words to put before the command, function to call in the child before exec, owner of the files)."""
    if not is_needed():
        return [], None, os.geteuid()
    if _namespaces_work():
        return [], _enter_namespace, os.geteuid()
    if os.geteuid() == 0 and shutil.which("setpriv"):
        nobody = pwd.getpwnam("nobody")
        return _setpriv(nobody), None, nobody.pw_uid
    raise SystemExit("PostgreSQL does not run as root and this machine allows no way around it: use an ordinary user.")


def _setpriv(entry):
    who = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return ["setpriv", *who, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"]


def _enter_namespace():
    uid, gid = os.geteuid(), os.getegid()
    other = next(entry for entry in pwd.getpwall() if entry.pw_uid)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{other.pw_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{other.pw_gid} {gid} 1")


def _namespaces_work():
    """Tried in a child, because there is no way back out of a namespace."""
    child = os.fork()
    if not child:
        try:
            _enter_namespace()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0

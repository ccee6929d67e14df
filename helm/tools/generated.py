# SPDX-License-Identifier: Apache-2.0
# Martlet: writes generated files, or (--check) says which of them are not current.

import pathlib
import sys


def put(files, folder=None):
    """Writes each file, or compares it; in a folder that is generated as a whole, others are removed.

    Ends the program: 0 when all is current, 1 when something is not.
    """
    stale = [path for path, text in files.items() if not path.is_file() or path.read_text() != text]
    superfluous = [path for path in sorted(folder.rglob("*")) if path.is_file() and path not in files] if folder else []
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path}: is not current; run {sys.argv[0]}", file=sys.stderr)
        for path in superfluous:
            print(f"{path}: should not be there; run {sys.argv[0]}", file=sys.stderr)
        sys.exit(1 if stale or superfluous else 0)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path])
        print(f"wrote {path}")
    for path in superfluous:
        path.unlink()
        print(f"removed {path}")
    sys.exit(0)


def chart():
    """The folder of the chart."""
    return pathlib.Path(__file__).resolve().parent.parent / "martlet"

# SPDX-License-Identifier: GPL-2.0-or-later
"""The recordings that a comparison with another decoder is made on."""
import glob
import os


def recordings(given, ending, max_bytes=None):
    """Those given, and those in $RECOUNT_TRACES whose names end so and that are not larger than max_bytes."""
    folder = os.environ.get("RECOUNT_TRACES")
    found = sorted(glob.glob(f"{folder}/**/*{ending}", recursive=True)) if folder else []
    return given + [path for path in found if max_bytes is None or os.path.getsize(path) <= max_bytes]

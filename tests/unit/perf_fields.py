# SPDX-License-Identifier: GPL-2.0-or-later
"""Run by perf script: prints every tracepoint sample, one JSON list a line, its fields as they are."""
import json


def plain(value):
    return value if isinstance(value, (int, str)) else str(value)


def trace_unhandled(name, context, fields, sample):
    head = sample["sample"]
    print(json.dumps([head["time"], head["cpu"], fields["common_pid"], name,
                      {key: plain(value) for key, value in fields.items()
                       if not key.startswith("common_")}]))

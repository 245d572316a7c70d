/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's side of the models: what no event tells, and what decides what a
 * limit does. Memory, zones, swap, settings of reclaim, read-ahead of the disks.
 *
 *	struct dat_blob section = { 0 };
 *	machine_add(&section);
 *	machine_add_limits(&section, "/sys/fs/cgroup/memory/shop", "/shop");
 *
 * A fact is a key and a value, both text, as docs/recording.md lists them.
 */
#ifndef RECORDER_MACHINE_H
#define RECORDER_MACHINE_H

#include "recorder/dat_file.h"

/* One fact as a record of a section. */
void machine_add_fact(struct dat_blob *section, const char *key, const char *value);

/* Everything that this machine tells. */
void machine_add(struct dat_blob *section);

/* A fact of a container: its key is what is told (FACT_NAME...) and the path. */
void machine_add_container(struct dat_blob *section, const char *what, const char *path, const char *value);

/* The limits that a container has: its folder, and its path as events name it. */
void machine_add_limits(struct dat_blob *section, const char *folder, const char *path);

#endif

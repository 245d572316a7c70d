// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads /proc and /sys. A file that is not there is a fact that is not told. */
#include "recorder/machine.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"
#include "recorder/file_line.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void machine_add_fact(struct dat_blob *section, const char *key, const char *value)
{
	dat_blob_add_u8(section, RECORD_FACT);
	dat_blob_add_text(section, key);
	dat_blob_add_text(section, value);
}

static void add_file(struct dat_blob *section, const char *key, const char *path)
{
	char text[256];

	if (file_line(path, text, sizeof(text)))
		machine_add_fact(section, key, text);
}

static void add_bytes(struct dat_blob *section, const char *key, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	machine_add_fact(section, key, text);
}

/* "MemTotal:  123 kB" */
static void add_memory(struct dat_blob *section)
{
	FILE *in = fopen("/proc/meminfo", "re");
	char line[128];
	uint64_t kilobytes;

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "MemTotal: %" SCNu64, &kilobytes) == 1)
			add_bytes(section, "ram_bytes", kilobytes << 10);
		else if (sscanf(line, "SwapTotal: %" SCNu64, &kilobytes) == 1)
			add_bytes(section, "swap_bytes", kilobytes << 10);
		else if (sscanf(line, "Active(anon): %" SCNu64, &kilobytes) == 1)
			add_bytes(section, "active_anon_bytes", kilobytes << 10);
		else if (sscanf(line, "Inactive(anon): %" SCNu64, &kilobytes) == 1)
			add_bytes(section, "inactive_anon_bytes", kilobytes << 10);
		else if (sscanf(line, "Active(file): %" SCNu64, &kilobytes) == 1)
			add_bytes(section, "active_file_bytes", kilobytes << 10);
		else if (sscanf(line, "Inactive(file): %" SCNu64, &kilobytes) == 1)
			add_bytes(section, "inactive_file_bytes", kilobytes << 10);
		else if (sscanf(line, "Mapped: %" SCNu64, &kilobytes) == 1)
			add_bytes(section, "mapped_bytes", kilobytes << 10);
	}
	if (in)
		fclose(in);
}

/* "Node 0, zone   Normal", then "managed  123" pages. */
static void add_zones(struct dat_blob *section)
{
	FILE *in = fopen("/proc/zoneinfo", "re");
	char line[256], zone[32] = "", key[64];
	uint64_t pages;
	int node = 0;

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "Node %d, zone %31s", &node, zone) == 2)
			continue;
		if (sscanf(line, " managed %" SCNu64, &pages) != 1 || !pages)
			continue;
		snprintf(key, sizeof(key), "zone_pages %d %s", node, zone);
		add_bytes(section, key, pages);
	}
	if (in)
		fclose(in);
}

/* Kind of swap: "/dev/zram0 partition 1048572 0 -2" */
static void add_swaps(struct dat_blob *section)
{
	FILE *in = fopen("/proc/swaps", "re");
	char line[512], name[256], type[32], key[64];
	uint64_t kilobytes;
	int nr = 0;

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%255s %31s %" SCNu64, name, type, &kilobytes) != 3)
			continue;
		snprintf(key, sizeof(key), "swap %d", nr++);
		machine_add_fact(section, key, strstr(name, "zram") ? "zram" : type);
	}
	if (in)
		fclose(in);
}

static void add_disks(struct dat_blob *section)
{
	DIR *folder = opendir("/sys/block");
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		char path[300], key[300];

		if (*entry->d_name == '.' || !strncmp(entry->d_name, "loop", 4) || !strncmp(entry->d_name, "ram", 3))
			continue;
		snprintf(path, sizeof(path), "/sys/block/%.200s/queue/read_ahead_kb", entry->d_name);
		snprintf(key, sizeof(key), "read_ahead_kb %.200s", entry->d_name);
		add_file(section, key, path);
	}
	if (folder)
		closedir(folder);
}

void machine_add(struct dat_blob *section)
{
	add_memory(section);
	add_zones(section);
	add_swaps(section);
	add_file(section, "swappiness", "/proc/sys/vm/swappiness");
	add_file(section, "page_cluster", "/proc/sys/vm/page-cluster");
	add_file(section, "dirty_ratio", "/proc/sys/vm/dirty_ratio");
	add_file(section, "dirty_background_ratio", "/proc/sys/vm/dirty_background_ratio");
	add_file(section, "dirty_bytes", "/proc/sys/vm/dirty_bytes");
	add_file(section, "min_free_kbytes", "/proc/sys/vm/min_free_kbytes");
	add_file(section, "overcommit_memory", "/proc/sys/vm/overcommit_memory");
	add_file(section, "numa_balancing", "/proc/sys/kernel/numa_balancing");
	add_file(section, "lru_gen", "/sys/kernel/mm/lru_gen/enabled");
	add_file(section, "thp_enabled", "/sys/kernel/mm/transparent_hugepage/enabled");
	add_file(section, "thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag");
	add_file(section, "thp_shmem", "/sys/kernel/mm/transparent_hugepage/shmem_enabled");
	add_disks(section);
}

void machine_add_container(struct dat_blob *section, const char *what, const char *path, const char *value)
{
	char *key = xasprintf("%s%s", what, path);

	machine_add_fact(section, key, value);
	free(key);
}

void machine_add_limits(struct dat_blob *section, const char *folder, const char *path)
{
	/* Of version 2, then of version 1. */
	static const char *const names[] = {
		"memory.max", "memory.high", "memory.low", "memory.min", "memory.swap.max", "memory.oom.group",
		"memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *file = xasprintf("%s/%s", folder, names[i]), *key = xasprintf("%s %s", names[i], path);

		add_file(section, key, file);
		free(key);
		free(file);
	}
}

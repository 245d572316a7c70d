// SPDX-License-Identifier: GPL-2.0-or-later
/* Read from the kernel's headers, release by release. */
#include "verify/kernel_items.h"

#include <stdlib.h>
#include <string.h>

/* The events came with 6.13. In 7.0 scan and steal became node_stat_items, behind #ifdefs. */
static const struct kernel_items releases[] = {
	{ .major = 6, .minor = 13, .refault_anon = 10, .refault_file = 11, .anon_mapped = 17, .file_mapped = 18,
	  .file_pages = 19, .nr_reclaimers = 3 },
	{ .major = 6, .minor = 16, .refault_anon = 10, .refault_file = 11, .anon_mapped = 17, .file_mapped = 18,
	  .file_pages = 19, .nr_reclaimers = 4 },
	{ .major = 7, .minor = 0, .refault_anon = 10, .refault_file = 11, .anon_mapped = 17, .file_mapped = 18,
	  .file_pages = 19 },
};

#define NR_RELEASES (sizeof(releases) / sizeof(*releases))

/* PGPGIN, PGPGOUT, PSWPIN, PSWPOUT, then PGALLOC, ALLOCSTALL and PGSCAN_SKIP for every zone, then PGFREE. */
enum { ITEM_PSWPIN = 2, ITEM_PSWPOUT = 3, ITEM_ZONES = 4, NR_ZONE_LISTS = 3 };

/* Behind PGFREE. */
enum { AFTER_PGFREE_PGFAULT = 4, AFTER_PGFREE_PGSTEAL = 9 };

/* The first word that begins like "6.18": a name of a machine may hold digits too. */
static void parse_release(const char *uname, unsigned long *major, unsigned long *minor)
{
	for (const char *word = uname; word; word = strchr(word, ' ')) {
		char *rest;

		word += strspn(word, " ");
		*major = strtoul(word, &rest, 10);
		if (*word >= '0' && *word <= '9' && *rest == '.' && rest[1] >= '0' && rest[1] <= '9') {
			*minor = strtoul(rest + 1, NULL, 10);
			return;
		}
	}
	*major = 6;
	*minor = 18;
}

const struct kernel_items *kernel_items_of(const char *uname)
{
	const struct kernel_items *found = &releases[0];
	unsigned long major, minor;

	parse_release(uname, &major, &minor);
	for (size_t i = 1; i < NR_RELEASES; i++)
		if (major > releases[i].major || (major == releases[i].major && minor >= releases[i].minor))
			found = &releases[i];
	return found;
}

enum vm_event vm_event_of(const struct kernel_items *items, uint32_t item, uint32_t nr_zones)
{
	uint32_t first = ITEM_ZONES + NR_ZONE_LISTS * nr_zones, steal = first + AFTER_PGFREE_PGSTEAL;

	if (item == ITEM_PSWPIN)
		return VM_SWAP_IN;
	if (item == ITEM_PSWPOUT)
		return VM_SWAP_OUT;
	if (item == first + AFTER_PGFREE_PGFAULT)
		return VM_FAULT;
	if (item >= steal && item < steal + items->nr_reclaimers)
		return VM_STEAL;
	if (item >= steal + items->nr_reclaimers && item < steal + 2 * items->nr_reclaimers)
		return VM_SCAN;
	return VM_OTHER;
}

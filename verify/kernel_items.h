/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the numbers in memcg:* events mean: enum node_stat_item and enum
 * vm_event_item of the recorded kernel.
 *
 * Numbers differ between releases and, behind an #ifdef, between configurations.
 * Those of node_stat_item that are used here stand before its first #ifdef.  Those
 * of vm_event_item stand behind three lists of one item a zone, so how many zones
 * there are has to be known: vm_zones_guess().
 */
#ifndef VERIFY_KERNEL_ITEMS_H
#define VERIFY_KERNEL_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NR_LRU_ITEMS 5		/* items 0 to 4 are the lists, in every release */
#define MAX_ZONES 6		/* DMA, DMA32, NORMAL, HIGHMEM, MOVABLE, DEVICE */

struct kernel_items {
	uint32_t major, minor;	/* from this release on */
	/* include/linux/mmzone.h, enum node_stat_item */
	uint32_t refault_anon, refault_file, anon_mapped, file_mapped, file_pages;
	/* include/linux/vm_event_item.h: kswapd, direct, khugepaged and from 6.16 on proactive; 0 = not known */
	uint32_t nr_reclaimers;
};

/* Those of a kernel ("Linux web 6.18.44-cloud x86_64"); of 6.18 where it says no release.  Never NULL. */
const struct kernel_items *kernel_items_of(const char *uname);

/* What events of the virtual memory are told apart. */
enum vm_event { VM_SWAP_IN, VM_SWAP_OUT, VM_FAULT, VM_STEAL, VM_SCAN, VM_OTHER };

enum vm_event vm_event_of(const struct kernel_items *items, uint32_t item, uint32_t nr_zones);

#endif

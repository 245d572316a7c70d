/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring buffer of one CPU, read in whole pages as the kernel fills them.
 *
 *	cpu_pages_open(&pages, instance, cpu, &err);
 *	while (recording)
 *		cpu_pages_take(pages, file, &err);	what is full, as one or more chunks
 *	cpu_pages_finish(pages, file, &err);		tracing is off: the rest, also pages that are not full
 *	cpu_pages_close(pages);
 *
 * Pages are spliced out of the ring: the kernel gives them away, it does not copy them.
 */
#ifndef RECORDER_CPU_PAGES_H
#define RECORDER_CPU_PAGES_H

#include "recorder/dat_file.h"
#include "recorder/instance.h"

struct cpu_pages;

/* RC_END: this CPU does not exist, or is off. */
enum status cpu_pages_open(struct cpu_pages **pages, struct instance *instance, uint32_t cpu,
			   struct error *err);

/* Gives how many bytes of events were taken in *bytes. */
enum status cpu_pages_take(struct cpu_pages *pages, struct dat_file *file, uint64_t *bytes,
			   struct error *err);
/* While tracing goes on: all that is there now, so that another file can begin behind it. */
enum status cpu_pages_cut(struct cpu_pages *pages, struct dat_file *file, uint64_t *bytes, struct error *err);
enum status cpu_pages_finish(struct cpu_pages *pages, struct dat_file *file, struct error *err);

void cpu_pages_close(struct cpu_pages *pages);	/* accepts NULL */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runs that a fleet is made of: names, where they are, and of which recording.
 *
 *	run_list_add(&list, &source, database, err);	those in one database
 *	run_list_sort_by_name(&list);
 *	run_list_release(&list);
 */
#ifndef FLEET_RUN_LIST_H
#define FLEET_RUN_LIST_H

#include "fleet/source_db.h"

#include <stddef.h>

struct run_ref {
	char *name, *inputs, *recording;	/* as table `runs` has them */
	char *page_size;
	size_t database;	/* which one it is in */
	int64_t number;		/* there, or SOURCE_DB_ONLY_RUN */
};

struct run_list {
	struct run_ref *refs;
	size_t nr, capacity;
};

enum status run_list_add(struct run_list *list, struct source_db *source, size_t database, struct error *err);

/* By name, by recording where names are the same; digits in names count as numbers. */
void run_list_sort_by_name(struct run_list *list);

/* By recording, by name within one; of one name the order in which databases were given. */
void run_list_sort_by_recording(struct run_list *list);

/* Forgets the i-th. */
void run_list_remove(struct run_list *list, size_t i);

void run_list_release(struct run_list *list);

#endif

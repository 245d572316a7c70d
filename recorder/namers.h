/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who knows the names of containers: for each runtime the files that it keeps, and
 * where in them the name is.
 */
#ifndef RECORDER_NAMERS_H
#define RECORDER_NAMERS_H

struct namer {
	const char *files;	/* a glob; %s is the container's id. NULL ends the table */
	/*
	 * SQL of two columns, name and image, of the JSON ?1 and the id ?2. A name that is
	 * NULL is none. NULL = the name is in the file's own name: text behind its last '/'
	 * up to the last '_', where '_' is '/'.
	 */
	const char *sql;
};

/* In order: the first that knows a name gives it. */
extern const struct namer namers[];

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that people know containers by, where those who run them have written them
 * down: a pod and its container, the name given to docker or podman, the unit of systemd.
 *
 *	if (container_label_of("", "/system.slice/docker-1234....scope", &label))
 *		label.name, label.image
 *	container_label_release(&label);
 *
 * Which runtime keeps what where is a table, recorder/namers.c. Files are only read; what
 * cannot be read leaves a container its path.
 */
#ifndef RECORDER_CONTAINER_LABEL_H
#define RECORDER_CONTAINER_LABEL_H

#include <stdbool.h>

struct container_label {
	char *name;
	char *image;	/* NULL = not known */
};

/* root: before the names of all files, "" for this host. False: nobody knows it. */
bool container_label_of(const char *root, const char *path, struct container_label *label);
void container_label_release(struct container_label *label);

#endif

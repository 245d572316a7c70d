// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes that grow. Numbers are written in the machine's own order: the file says which. */
#include "recorder/dat_file.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

void dat_blob_release(struct dat_blob *blob)
{
	free(blob->bytes);
	*blob = (struct dat_blob){ 0 };
}

void dat_blob_add(struct dat_blob *blob, const void *bytes, size_t nr)
{
	if (blob->nr + nr > blob->capacity) {
		blob->capacity = (blob->nr + nr) * 2;
		blob->bytes = xrealloc(blob->bytes, blob->capacity, 1);
	}
	if (nr)
		memcpy(blob->bytes + blob->nr, bytes, nr);
	blob->nr += nr;
}

void dat_blob_add_text(struct dat_blob *blob, const char *text)
{
	dat_blob_add(blob, text, strlen(text) + 1);
}

void dat_blob_add_counted(struct dat_blob *blob, const char *text)
{
	const size_t bytes = text ? strlen(text) : 0;

	dat_blob_add_u64(blob, bytes);
	dat_blob_add(blob, text, bytes);
}

void dat_blob_add_u8(struct dat_blob *blob, uint8_t value)
{
	dat_blob_add(blob, &value, sizeof(value));
}

void dat_blob_add_u16(struct dat_blob *blob, uint16_t value)
{
	dat_blob_add(blob, &value, sizeof(value));
}

void dat_blob_add_u32(struct dat_blob *blob, uint32_t value)
{
	dat_blob_add(blob, &value, sizeof(value));
}

void dat_blob_add_u64(struct dat_blob *blob, uint64_t value)
{
	dat_blob_add(blob, &value, sizeof(value));
}

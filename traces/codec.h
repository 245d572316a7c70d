/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decompression of one block whose sizes are both known. */
#ifndef TRACES_CODEC_H
#define TRACES_CODEC_H

#include <stdbool.h>
#include <stddef.h>

struct codec;

/* Codec by the name a recording gives it: "none", "zstd", "zlib"; NULL if there is none. */
struct codec *codec_create(const char *name);
void codec_destroy(struct codec *codec);	/* NULL is fine */

const char *codec_name(const struct codec *codec);

/* Whether `from` was a whole block that unpacked to exactly `to_bytes`. */
bool codec_unpack(struct codec *codec, void *to, size_t to_bytes,
		  const void *from, size_t from_bytes);

#endif

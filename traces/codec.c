// SPDX-License-Identifier: GPL-2.0-or-later
/* The compressions of trace.dat: zstd frames and zlib streams. */
#include "traces/codec.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

struct codec_class {
	const char *name;
	bool (*unpack)(struct codec *codec, void *to, size_t to_bytes,
		       const void *from, size_t from_bytes);
};

struct codec {
	const struct codec_class *class;
	ZSTD_DCtx *zstd;
};

static bool none_unpack(struct codec *codec, void *to, size_t to_bytes,
			const void *from, size_t from_bytes)
{
	(void)codec;
	if (to_bytes != from_bytes)
		return false;
	memcpy(to, from, to_bytes);
	return true;
}

static bool zstd_unpack(struct codec *codec, void *to, size_t to_bytes,
			const void *from, size_t from_bytes)
{
	if (!codec->zstd)
		codec->zstd = xneed(ZSTD_createDCtx());
	return ZSTD_decompressDCtx(codec->zstd, to, to_bytes, from, from_bytes) == to_bytes;
}

static bool zlib_unpack(struct codec *codec, void *to, size_t to_bytes,
			const void *from, size_t from_bytes)
{
	uLongf bytes = to_bytes;
	int code = uncompress(to, &bytes, from, from_bytes);

	(void)codec;
	if (code == Z_MEM_ERROR)
		xneed(NULL);
	return code == Z_OK && bytes == to_bytes;
}

static const struct codec_class codecs[] = {
	{ .name = "none", .unpack = none_unpack },
	{ .name = "zstd", .unpack = zstd_unpack },
	{ .name = "zlib", .unpack = zlib_unpack },
};

struct codec *codec_create(const char *name)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (!strcmp(codecs[i].name, name)) {
			struct codec *codec = xcalloc(1, sizeof(*codec));

			codec->class = &codecs[i];
			return codec;
		}
	}
	return NULL;
}

void codec_destroy(struct codec *codec)
{
	if (!codec)
		return;
	ZSTD_freeDCtx(codec->zstd);
	free(codec);
}

const char *codec_name(const struct codec *codec)
{
	return codec->class->name;
}

bool codec_unpack(struct codec *codec, void *to, size_t to_bytes,
		  const void *from, size_t from_bytes)
{
	return codec->class->unpack(codec, to, to_bytes, from, from_bytes);
}

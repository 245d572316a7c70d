/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integers from bytes at any alignment, in the file's byte order. */
#ifndef TRACES_LOAD_H
#define TRACES_LOAD_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t load_u16(const void *memory, bool big_endian)
{
	uint16_t value;

	memcpy(&value, memory, sizeof(value));
	return big_endian ? be16toh(value) : le16toh(value);
}

static inline uint32_t load_u32(const void *memory, bool big_endian)
{
	uint32_t value;

	memcpy(&value, memory, sizeof(value));
	return big_endian ? be32toh(value) : le32toh(value);
}

static inline uint64_t load_u64(const void *memory, bool big_endian)
{
	uint64_t value;

	memcpy(&value, memory, sizeof(value));
	return big_endian ? be64toh(value) : le64toh(value);
}

/* As !memcmp(), without a call: for what is short and mostly the same. */
static inline bool is_same_bytes(const void *one, const void *other, size_t nr)
{
	const char *a = one, *b = other;

	if (nr < sizeof(uint64_t))
		return !memcmp(a, b, nr);
	for (size_t i = 0; i + sizeof(uint64_t) < nr; i += sizeof(uint64_t))
		if (load_u64(a + i, false) != load_u64(b + i, false))
			return false;
	return load_u64(a + nr - sizeof(uint64_t), false) == load_u64(b + nr - sizeof(uint64_t), false);
}

#endif

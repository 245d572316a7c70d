/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integers from bytes at any alignment, in the file's byte order. */
#ifndef TRACES_LOAD_H
#define TRACES_LOAD_H

#include <endian.h>
#include <stdbool.h>
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

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Escaping of what cannot be kept or shown as it is. */
#include "base/text.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t utf8_decode(const char *text, uint32_t *character)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t value = bytes[0];
	size_t length;

	if (value < 0x80)
		length = 1;
	else if (value >= 0xc2 && value < 0xe0)
		length = 2;
	else if (value >= 0xe0 && value < 0xf0)
		length = 3;
	else if (value >= 0xf0 && value < 0xf5)
		length = 4;
	else
		return 0;
	if (length > 1)
		value &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {	/* stops at the NUL, which continues nothing */
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*character = value;
	return length;
}

/* Shows as itself, in its place: no control, no direction mark, no invisible character. */
static bool prints(uint32_t character)
{
	return character >= 0x20 && !(character >= 0x7f && character < 0xa0) &&
	       character != 0xad && character != 0x61c &&
	       !(character >= 0x200b && character <= 0x200f) &&
	       !(character >= 0x2028 && character <= 0x202e) &&
	       !(character >= 0x2060 && character <= 0x206f) &&
	       character != 0xfeff && !(character >= 0xfff9 && character <= 0xfffb) &&
	       !(character >= 0xe0000 && character <= 0xe0fff);
}

static int escape(char *out, size_t size, uint32_t character)
{
	switch (character) {
	case '\n':
		return snprintf(out, size, "\\n");
	case '\t':
		return snprintf(out, size, "\\t");
	case '\r':
		return snprintf(out, size, "\\r");
	default:
		return snprintf(out, size, character < 0x100 ? "\\x%02x" : "\\u%04x",
				(unsigned int)character);
	}
}

static char *make_safe(const char *text, bool printable)
{
	/* The longest escape of one byte is four characters, of two and more bytes seven. */
	size_t size = strlen(text) * 4 + 8, used = 0;
	char *safe = xcalloc(size, 1);

	while (*text) {
		uint32_t character;
		size_t length = utf8_decode(text, &character);

		if (!length) {
			used += (size_t)snprintf(safe + used, size - used, "\\x%02x",
						 (unsigned char)*text++);
			continue;
		}
		if (printable && !prints(character)) {
			used += (size_t)escape(safe + used, size - used, character);
		} else {
			memcpy(safe + used, text, length);
			used += length;
		}
		text += length;
	}
	return safe;
}

char *text_utf8(const char *text)
{
	return make_safe(text, false);
}

char *text_printable(const char *text)
{
	return make_safe(text, true);
}

char *text_stem(const char *path, const char *ending)
{
	const char *slash = strrchr(path, '/');
	char *name = xstrdup(slash ? slash + 1 : path);
	size_t length = strlen(name), cut = strlen(ending);

	if (length > cut && !strcmp(name + length - cut, ending))
		name[length - cut] = 0;
	return name;
}

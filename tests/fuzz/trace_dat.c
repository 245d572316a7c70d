// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes that begin as a trace.dat does, as they are. All others are three pages of two CPUs:
 *
 *	u16	an event's number in a real recording, whose format is known, and the byte order (bit 15)
 *	u16 u16	how long the first two pages are
 *	bytes	the pages, without the zeros at their ends
 *
 * so that what is tried is all in the pages. seeds.py makes such.
 */
#include "real_formats.h"
#include "recording.h"

#include "../unit/traces_recording.h"
#include "traces/decode_plan.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 6
#define MAX_KNOWN 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Formats that recount reads, and what comes before the pages if one is known; by byte order. */
struct known {
	struct recording_format all[MAX_KNOWN];
	int ids[MAX_KNOWN];
	size_t nr;
	bool is_loaded;
	struct bytes heads[MAX_KNOWN][2];
};

static void add_if_known(struct known *known, const struct banked_format *format)
{
	const char *name = format->text + strlen("name: "), *id = strstr(format->text, "\nID: ");

	if (strncmp(format->text, "name: ", 6) || !id || known->nr == MAX_KNOWN ||
	    tracepoint_find(format->system, name, strcspn(name, "\n")) < 0)
		return;
	known->ids[known->nr] = strtol(id + 5, NULL, 10);
	known->all[known->nr++] = (struct recording_format){ format->system, format->text };
}

static struct known *load_known(void)
{
	static struct known known;
	const struct format_bank *bank = real_bank();

	for (size_t i = 0; i < bank->nr && !known.is_loaded; i++)
		add_if_known(&known, &bank->all[i]);
	known.is_loaded = true;
	return &known;
}

/* All of them take too long to parse: this one and the next. */
static void make_head(const struct known *known, size_t at, bool big_endian, struct bytes *head)
{
	const struct recording_format formats[] = {
		known->all[at], known->all[(at + 1) % known->nr], { NULL, NULL },
	};
	struct bytes pages[2] = { { 0 }, { 0 } };
	struct recording_map map;

	put_zeros(&pages[0], 2 * PAGE);
	put_zeros(&pages[1], PAGE);
	recording_make(&(struct recording){
		.version = 6, .compression = "none", .long_bytes = 8, .big_endian = big_endian,
		.cpus = { { "", 0, &pages[0] }, { "", 1, &pages[1] } }, .formats = formats,
	}, head, &map);
	head->nr = map.data[0];
	bytes_release(&pages[0]);
	bytes_release(&pages[1]);
}

static const struct bytes *head_of(uint16_t choice)
{
	struct known *known = load_known();
	bool big_endian = choice >> 15;
	int id = choice & 0x7fff;
	struct bytes *head;
	size_t at = 0;

	while (at < known->nr && known->ids[at] != id)
		at++;
	if (at == known->nr)
		at = id % known->nr;
	head = &known->heads[at][big_endian];
	if (!head->nr)
		make_head(known, at, big_endian, head);
	return head;
}

static void read_pages(const uint8_t *data, size_t bytes)
{
	const struct bytes *head = head_of(data[0] | data[1] << 8);
	struct piece pieces[4] = { { head->data, head->nr, 0 } };
	const size_t said[3] = { data[2] | data[3] << 8, data[4] | data[5] << 8, PAGE };
	size_t at = HEAD_BYTES;

	for (size_t i = 0; i < 3; i++) {
		size_t nr = said[i] % (PAGE + 1);

		if (nr > bytes - at)
			nr = bytes - at;
		pieces[1 + i] = (struct piece){ data + at, nr, head->nr + i * PAGE };
		at += nr;
	}
	read_recording(recording_of(pieces, 4, head->nr + 3 * PAGE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	if (bytes >= 3 && !memcmp(data, "\x17\x08\x44", 3))
		read_recording(recording_of(&(struct piece){ data, bytes, 0 }, 1, bytes));
	else if (bytes > HEAD_BYTES)
		read_pages(data, bytes);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas move as a whole, by gigabytes, and keep their order. */
#include "scrub/addresses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Worked out by hand: base of an area = its lowest address rounded down to 1 GiB. */
static const struct {
	uint64_t address, moved;
} cases[] = {
	{ 0x400000, 0x400000 },					/* where the linker put it */
	{ 0x5628c0de1000, 0x550000de1000 },			/* base 0x5628c0000000 */
	{ 0x562900001000, 0x550040001000 },			/* the heap, a gigabyte above */
	{ 0x7f79ba5b6fff, 0x70003a5b6fff },			/* base 0x7f7980000000 */
	{ 0x7f79c0000000, 0x700040000000 },
	{ 0x7ffd12345678, 0x7ffc12345678 },			/* a stack: base 0x7ffd00000000 */
	{ 0x7fffffffe010, 0x7fffffffe010 },			/* the page that every exec begins with */
	{ 0xffff888000000000, 0x8000000000000000 },		/* the kernel's */
};

static void moves(void **state)
{
	struct addresses addresses = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		addresses_see(&addresses, cases[i].address);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(addresses_move(&addresses, cases[i].address), cases[i].moved);
}

/* Stacks that fill their area would reach beyond user space: all of it stays. */
static void stays_where_it_does_not_fit(void **state)
{
	struct addresses addresses = { 0 };

	(void)state;
	addresses_see(&addresses, 0x7ffbff000000);
	addresses_see(&addresses, 0x7fffffffd000);
	assert_int_equal(addresses_move(&addresses, 0x7fffffffd000), 0x7fffffffd000);
	assert_int_equal(addresses_move(&addresses, 0x7ffbff000000), 0x7ffbff000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),
		cmocka_unit_test(stays_where_it_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

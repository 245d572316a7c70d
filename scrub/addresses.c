// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas of x86-64 with 47 bits; others move as what lies highest. */
#include "scrub/addresses.h"

#define GIB (UINT64_C(1) << 30)
#define KERNEL (UINT64_C(1) << 63)
#define TOP UINT64_C(0x7fffffffe000)	/* where exec begins every stack, before it is moved: by this it is known */

/* Where areas begin, and where each is moved to; 0 = it stays. */
static const struct {
	uint64_t begin, to, end;
} areas[ADDRESS_AREAS] = {
	{ 0, 0, UINT64_C(1) << 40 },
	{ UINT64_C(1) << 40, UINT64_C(0x550000000000), UINT64_C(0x700000000000) },		/* programs, heaps */
	{ UINT64_C(0x700000000000), UINT64_C(0x700000000000), UINT64_C(0x7ffbff000000) },	/* mapped files */
	{ UINT64_C(0x7ffbff000000), UINT64_C(0x7ffc00000000), UINT64_C(0x800000000000) },	/* stacks, vdso */
};

static int area_of(uint64_t address)
{
	int area = ADDRESS_AREAS - 1;

	while (address < areas[area].begin)
		area--;
	return area;
}

void addresses_see(struct addresses *addresses, uint64_t address)
{
	const int area = area_of(address);

	if (address & KERNEL || address >= TOP)
		return;
	if (!addresses->low[area] || address < addresses->low[area])
		addresses->low[area] = address;
	if (address > addresses->high[area])
		addresses->high[area] = address;
}

uint64_t addresses_move(const struct addresses *addresses, uint64_t address)
{
	const int area = area_of(address);
	const uint64_t base = addresses->low[area] / GIB * GIB;

	if (address & KERNEL)
		return KERNEL;
	if (address >= TOP)
		return address;
	/* Where the area would not fit, it stays: what lies above what matters more. */
	if (!areas[area].to || areas[area].to + (addresses->high[area] - base) >= areas[area].end)
		return address;
	return areas[area].to + (address - base);
}

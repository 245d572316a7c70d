// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/bc_bench.h"

#include "tests/unit/test.h"

struct records bench_rows;
struct model *bc;
uint32_t bench_container_of[8];

int bench_apply(struct mem_op op)
{
	struct refusal refusal = { .container = 99, .resource = 99 };

	if (!op.container)
		op.container = bench_container_of[op.mm];
	if (bc->class->prepare(bc, &op, &refusal) == VERDICT_REFUSED) {
		assert_true(refusal.resource < 2);
		assert_int_equal(refusal.container, op.container);
		return (int)refusal.resource;
	}
	bc->class->commit(bc, &op);
	return DONE;
}

void bench_new_mm(uint32_t mm, uint32_t container)
{
	bench_container_of[mm] = container;
	assert_int_equal(bench_apply((struct mem_op){ .kind = OP_MM_NEW, .mm = mm }), DONE);
}

void bench_begin(struct rules rules)
{
	struct model_config config = { .pages = &bench_rows, .rules = rules };

	records_init(&bench_rows, 8);
	records_reserve(&bench_rows, BENCH_PAGES - 1);
	bc = model_by_name("ubc")->create(&config);
	bench_new_mm(A, 1);
	bench_new_mm(B, 2);
	bench_new_mm(C, 1);
}

void bench_assert_whole(void)
{
	const char *broken = bc->class->check(bc, BENCH_PAGES);

	assert_string_equal(broken ? broken : "", "");
}

void bench_end(void)
{
	bench_assert_whole();
	bc->class->destroy(bc);
	records_release(&bench_rows);
}

struct rules bench_posted(enum rule rule)
{
	struct rules rules;

	rules_init(&rules, false);
	rules.posted = RULE_BIT(rule);
	return rules;
}

struct rules bench_intended(void)
{
	struct rules rules;

	rules_init(&rules, false);
	return rules;
}

struct rules bench_chosen(enum switch_name name, uint8_t value)
{
	struct rules rules = bench_intended();

	rules.chosen[name] = value;
	return rules;
}

const struct model_counters *bench_counters(uint32_t container, uint32_t resource)
{
	return bc->class->counters(bc, resource, container);
}

uint64_t bench_held(uint32_t container)
{
	return bench_counters(container, PRIVVM)->held;
}

uint64_t bench_locked(uint32_t container)
{
	return bench_counters(container, LOCKED)->held;
}

void bench_limit(uint32_t container, uint32_t resource, uint64_t barrier, uint64_t value)
{
	bc->class->set_limit(bc, resource, container, barrier, value);
}

int bench_map(uint32_t mm, enum vma_why why, int vma, uint64_t pages)
{
	return bench_apply((struct mem_op){ .kind = OP_VMA_MAP, .why = (uint8_t)why, .mm = mm, .vma = (uint8_t)vma,
				      .pages = pages });
}

int bench_unmap(uint32_t mm, int vma, uint64_t pages)
{
	return bench_apply((struct mem_op){ .kind = OP_VMA_UNMAP, .mm = mm, .vma = (uint8_t)vma, .pages = pages });
}

int bench_change(uint32_t mm, int from, int to, uint64_t pages, uint64_t resident)
{
	return bench_apply((struct mem_op){ .kind = OP_VMA_CHANGE, .mm = mm, .old_vma = (uint8_t)from, .vma = (uint8_t)to,
				      .pages = pages, .resident = resident });
}

int bench_drive(uint32_t mm, int from, int to, uint64_t pages)
{
	return bench_apply((struct mem_op){ .kind = OP_VMA_CHANGE, .why = VMA_DRIVER, .mm = mm, .old_vma = (uint8_t)from,
				      .vma = (uint8_t)to, .pages = pages });
}

int bench_move(uint32_t mm, int vma, uint64_t from, uint64_t to, bool is_moved)
{
	return bench_apply((struct mem_op){ .kind = OP_VMA_MOVE, .mm = mm, .vma = (uint8_t)vma, .old_pages = from,
				      .pages = to, .vpn = 100, .to_vpn = is_moved ? 900 : 100 });
}

int bench_shm_lock(uint32_t container, enum op_kind kind, uint64_t pages)
{
	return bench_apply((struct mem_op){ .kind = (uint8_t)kind, .container = container, .pages = pages });
}

void bench_gone(uint32_t mm)
{
	assert_int_equal(bench_apply((struct mem_op){ .kind = OP_MM_GONE, .mm = mm }), DONE);
}

void bench_touch(uint32_t mm, uint32_t page, int vma, enum op_why why, enum page_kind kind)
{
	assert_int_equal(bench_apply((struct mem_op){ .kind = OP_MAP, .why = (uint8_t)why, .mm = mm, .page = page,
						.vma = (uint8_t)vma, .page_kind = (uint8_t)kind }), DONE);
}

void bench_leave(uint32_t mm, uint32_t page, int vma, enum op_why why, enum page_kind kind)
{
	assert_int_equal(bench_apply((struct mem_op){ .kind = OP_UNMAP, .why = (uint8_t)why, .mm = mm, .page = page,
						.vma = (uint8_t)vma, .page_kind = (uint8_t)kind }), DONE);
}

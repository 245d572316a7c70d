// SPDX-License-Identifier: GPL-2.0-or-later
/* Beancounters to the page: T10 to T14, the BC columns of models.md 5, D17 to D28. */
#include "accounting/model.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NR_PAGES 64

enum { A = 1, B, C };			/* mms; A begins in container 1, B in 2, C in 1 */
enum { PRIVVM, LOCKED };		/* resources */
enum { PRIVATE = VMA_WRITE, TEXT = VMA_FILE, SHM = VMA_WRITE | VMA_SHARED | VMA_SHM_ANON };
enum { DONE = -1 };			/* or the resource that refused */

static struct records rows;
static struct model *bc;
static uint32_t container_of[8];

static int apply(struct mem_op op)
{
	struct refusal refusal = { .container = 99, .resource = 99 };

	if (!op.container)
		op.container = container_of[op.mm];
	if (bc->class->prepare(bc, &op, &refusal) == VERDICT_REFUSED) {
		assert_true(refusal.resource < 2);
		assert_int_equal(refusal.container, op.container);
		return (int)refusal.resource;
	}
	bc->class->commit(bc, &op);
	return DONE;
}

static void new_mm(uint32_t mm, uint32_t container)
{
	container_of[mm] = container;
	assert_int_equal(apply((struct mem_op){ .kind = OP_MM_NEW, .mm = mm }), DONE);
}

static void begin(struct rules rules)
{
	struct model_config config = { .pages = &rows, .rules = rules };

	records_init(&rows, 8);
	records_reserve(&rows, NR_PAGES - 1);
	bc = model_by_name("ubc")->create(&config);
	new_mm(A, 1);
	new_mm(B, 2);
	new_mm(C, 1);
}

static void assert_whole(void)
{
	const char *broken = bc->class->check(bc, NR_PAGES);

	assert_string_equal(broken ? broken : "", "");
}

static void end(void)
{
	assert_whole();
	bc->class->destroy(bc);
	records_release(&rows);
}

/* As intended but for one rule. */
static struct rules posted(enum rule rule)
{
	struct rules rules;

	rules_init(&rules, false);
	rules.posted = RULE_BIT(rule);
	return rules;
}

static struct rules intended(void)
{
	struct rules rules;

	rules_init(&rules, false);
	return rules;
}

static struct rules chosen(enum switch_name name, uint8_t value)
{
	struct rules rules = intended();

	rules.chosen[name] = value;
	return rules;
}

static const struct model_counters *counters(uint32_t container, uint32_t resource)
{
	return bc->class->counters(bc, resource, container);
}

static uint64_t held(uint32_t container)
{
	return counters(container, PRIVVM)->held;
}

static uint64_t locked(uint32_t container)
{
	return counters(container, LOCKED)->held;
}

static void limit(uint32_t container, uint32_t resource, uint64_t barrier, uint64_t value)
{
	bc->class->set_limit(bc, resource, container, barrier, value);
}

static int map(uint32_t mm, enum vma_why why, int vma, uint64_t pages)
{
	return apply((struct mem_op){ .kind = OP_VMA_MAP, .why = (uint8_t)why, .mm = mm, .vma = (uint8_t)vma,
				      .pages = pages });
}

static int unmap(uint32_t mm, int vma, uint64_t pages)
{
	return apply((struct mem_op){ .kind = OP_VMA_UNMAP, .mm = mm, .vma = (uint8_t)vma, .pages = pages });
}

static int change(uint32_t mm, int from, int to, uint64_t pages, uint64_t resident)
{
	return apply((struct mem_op){ .kind = OP_VMA_CHANGE, .mm = mm, .old_vma = (uint8_t)from, .vma = (uint8_t)to,
				      .pages = pages, .resident = resident });
}

static int drive(uint32_t mm, int from, int to, uint64_t pages)
{
	return apply((struct mem_op){ .kind = OP_VMA_CHANGE, .why = VMA_DRIVER, .mm = mm, .old_vma = (uint8_t)from,
				      .vma = (uint8_t)to, .pages = pages });
}

static int move(uint32_t mm, int vma, uint64_t from, uint64_t to, bool is_moved)
{
	return apply((struct mem_op){ .kind = OP_VMA_MOVE, .mm = mm, .vma = (uint8_t)vma, .old_pages = from,
				      .pages = to, .vpn = 100, .to_vpn = is_moved ? 900 : 100 });
}

static int shm_lock(uint32_t container, enum op_kind kind, uint64_t pages)
{
	return apply((struct mem_op){ .kind = (uint8_t)kind, .container = container, .pages = pages });
}

static void gone(uint32_t mm)
{
	assert_int_equal(apply((struct mem_op){ .kind = OP_MM_GONE, .mm = mm }), DONE);
}

static void touch(uint32_t mm, uint32_t page, int vma, enum op_why why, enum page_kind kind)
{
	assert_int_equal(apply((struct mem_op){ .kind = OP_MAP, .why = (uint8_t)why, .mm = mm, .page = page,
						.vma = (uint8_t)vma, .page_kind = (uint8_t)kind }), DONE);
}

static void leave(uint32_t mm, uint32_t page, int vma, enum op_why why, enum page_kind kind)
{
	assert_int_equal(apply((struct mem_op){ .kind = OP_UNMAP, .why = (uint8_t)why, .mm = mm, .page = page,
						.vma = (uint8_t)vma, .page_kind = (uint8_t)kind }), DONE);
}

/*
 * T10  Barrier 10, limit 12, held 10.
 *
 *	intended  BARRIER 5: 15 > 10 refused, failcnt 1.  LIMIT 2: 12 <= 12, held 12.
 *		  LIMIT 3 (from 10): 13 > 12 refused.
 *	posted    BARRIER 5: 10 > 10 is false: held 15.  Then all are refused: 15 > 10,
 *		  15 > 12.  LIMIT 3 from 10: 10 > 12 is false: 13.
 *	openvz    as intended, but see barrier above limit.
 */
static void t10_strictness(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		bool is_posted = what == 1;

		begin(what == 2 ? chosen(SWITCH_BC_VARIANT, BC_OPENVZ) : is_posted ? posted(D19_OLD_VALUE) : intended());
		map(A, VMA_MMAP, PRIVATE, 10);
		limit(1, PRIVVM, 10, 12);
		assert_int_equal(map(A, VMA_STACK, PRIVATE, 3), is_posted ? DONE : PRIVVM);
		assert_int_equal(held(1), is_posted ? 13 : 10);
		if (is_posted)
			unmap(A, PRIVATE, 3);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE, 5), is_posted ? DONE : PRIVVM);
		assert_int_equal(held(1), is_posted ? 15 : 10);
		assert_int_equal(counters(1, PRIVVM)->failcnt, is_posted ? 0 : 2);
		assert_int_equal(map(A, VMA_STACK, PRIVATE, 2), is_posted ? PRIVVM : DONE);
		assert_int_equal(held(1), is_posted ? 15 : 12);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE, 1), PRIVVM);
		assert_int_equal(counters(1, PRIVVM)->failcnt, is_posted ? 2 : 3);
		assert_int_equal(counters(1, PRIVVM)->maxheld, is_posted ? 15 : 12);
		end();
	}
}

/*
 * Barrier 20 above limit 12, held 10, BARRIER 5: BCv6 looks at the barrier only:
 * 15.  Production looks at both: refused.  Posted: 10 is over neither: 15, and the
 * next of 1 is refused because 15 > 12; BCv6 lets it pass, 16.
 */
static void barrier_above_limit(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		begin(what == 2 ? chosen(SWITCH_BC_VARIANT, BC_OPENVZ) : what ? posted(D19_OLD_VALUE) : intended());
		map(A, VMA_MMAP, PRIVATE, 10);
		limit(1, PRIVVM, 20, 12);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE, 5), what == 2 ? PRIVVM : DONE);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE, 1), what == 1 ? PRIVVM : DONE);
		assert_int_equal(held(1), what == 2 ? 11 : what ? 15 : 16);
		end();
	}
}

/*
 * T11  lockedpages 6; a private mmap of 4, not locked, is refused on privvmpages:
 *      intended 6, posted 6-4=2; once more: 2-4, clamped to 0.  The refused charge
 *      of a locked VMA is undone in both: +4-4.  Then munlock of the 6: intended 0,
 *      posted nothing is left to give back.
 */
static void t11_d17_locked_leak(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? posted(D17_LOCKED_LEAK) : intended());
		map(A, VMA_MMAP, VMA_LOCKED, 6);
		assert_int_equal(locked(1), 6);
		limit(1, PRIVVM, 0, 0);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE | VMA_LOCKED, 4), PRIVVM);
		assert_int_equal(locked(1), 6);
		assert_int_equal(counters(1, LOCKED)->maxheld, 10);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE, 4), PRIVVM);
		assert_int_equal(locked(1), is_posted ? 2 : 6);
		assert_true(!bc->anomaly.text == !is_posted);
		if (is_posted) {
			assert_int_equal(bc->anomaly.pages, 4);
			assert_int_equal(bc->anomaly.resource, LOCKED);
			assert_int_equal(bc->anomaly.container, 1);
		}
		assert_whole();
		assert_int_equal(map(A, VMA_FORK, PRIVATE | VMA_LOCKED, 4), PRIVVM);
		assert_int_equal(locked(1), is_posted ? 0 : 6);
		assert_int_equal(counters(1, PRIVVM)->failcnt, 3);
		assert_int_equal(change(A, VMA_LOCKED, 0, 6, 0), DONE);
		assert_int_equal(locked(1), 0);
		/* mprotect charges by itself: no leak. */
		map(A, VMA_MMAP, VMA_LOCKED, 6);
		assert_int_equal(change(A, VMA_LOCKED, VMA_LOCKED | VMA_WRITE, 6, 0), PRIVVM);
		assert_int_equal(locked(1), 6);
		end();
	}
}

/*
 * D18  4 pages read-only, barrier 3.  mprotect to write: intended refused, ENOMEM,
 *      held 0.  Posted: refused too (failcnt 1), but goes on: held 0 with 4 pages
 *      private; their munmap gives back 4 of 0: clamped.  The lock of a mlock is not
 *      lost.
 */
static void d18_result_lost(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? posted(D18_RESULT_LOST) : intended());
		limit(1, PRIVVM, 3, 3);
		limit(1, LOCKED, 3, 3);
		map(A, VMA_MMAP, 0, 4);
		assert_int_equal(change(A, 0, VMA_WRITE, 4, 0), is_posted ? DONE : PRIVVM);
		assert_int_equal(counters(1, PRIVVM)->failcnt, 1);
		assert_int_equal(held(1), 0);
		assert_true(!bc->anomaly.text == !is_posted);
		assert_int_equal(change(A, VMA_WRITE, VMA_WRITE | VMA_LOCKED, 4, 0), LOCKED);
		assert_int_equal(locked(1), 0);
		assert_whole();
		unmap(A, is_posted ? VMA_WRITE : 0, 4);
		assert_int_equal(held(1), 0);
		end();
	}
}

/* mprotect's strictness: held 8 of barrier 10, limit 12; 3 more are over the barrier, not the limit. */
static void mprotect_strict(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		begin(what == 2 ? chosen(SWITCH_BC_VARIANT, BC_OPENVZ) : chosen(SWITCH_BC_MPROTECT_STRICT, (uint8_t)what));
		map(A, VMA_MMAP, PRIVATE, 8);
		map(A, VMA_MMAP, TEXT, 3);
		limit(1, PRIVVM, 10, 12);
		assert_int_equal(change(A, TEXT, TEXT | VMA_WRITE, 3, 0), what ? DONE : PRIVVM);
		assert_int_equal(held(1), what ? 11 : 8);
		end();
	}
}

/* D20: A holds 7 when counting begins, then 5, then 9: the least was 5, posted 0. */
static void d20_minheld(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? posted(D20_MINHELD_ZERO) : intended());
		map(A, VMA_MMAP, PRIVATE, 7);
		bc->class->reset_counters(bc);
		unmap(A, PRIVATE, 2);
		map(A, VMA_MMAP, PRIVATE, 4);
		assert_int_equal(counters(1, PRIVVM)->minheld, is_posted ? 0 : 5);
		assert_int_equal(counters(1, PRIVVM)->maxheld, 9);
		end();
	}
}

/*
 * D21  SHM_LOCK of 5000 pages: intended 5000, posted 5000 >> 12 = 1; of 4095: 9095,
 *      posted still 1.  Unlocked in the same pieces: 0.  Barrier 9000: intended
 *      refuses the second.
 */
static void d21_shm_lock(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? posted(D21_SHM_LOCK_SHIFT) : intended());
		assert_int_equal(shm_lock(1, OP_SHM_LOCK, 5000), DONE);
		assert_int_equal(shm_lock(1, OP_SHM_LOCK, 4095), DONE);
		assert_int_equal(locked(1), is_posted ? 1 : 9095);
		assert_whole();
		assert_int_equal(shm_lock(1, OP_SHM_UNLOCK, 4095), DONE);
		limit(1, LOCKED, 9000, 9000);
		assert_int_equal(shm_lock(1, OP_SHM_LOCK, 4095), is_posted ? DONE : LOCKED);
		assert_int_equal(shm_lock(1, OP_SHM_UNLOCK, is_posted ? 4095 : 0), DONE);
		assert_int_equal(shm_lock(1, OP_SHM_UNLOCK, 5000), DONE);
		assert_int_equal(locked(1), 0);
		assert_int_equal(locked(2), 0);
		/* More than was ever locked: nothing happens. */
		assert_int_equal(shm_lock(1, OP_SHM_UNLOCK, 7), DONE);
		assert_int_equal(locked(1), 0);
		assert_null(bc->anomaly.text);
		end();
	}
}

/*
 * T13  mremap 10 -> 20 that moves, held 10 (and 10 locked): posted 10+10-10 = 10;
 *      munmap of 20 gives back 10 too much: logged, 0.  Intended 10+20-10 = 20 with
 *      maxheld 30, then 0.
 */
static void t13_d22_move(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		int vma = PRIVATE | VMA_LOCKED;

		begin(is_posted ? posted(D22_MOVE_UNCHARGED) : intended());
		map(A, VMA_MMAP, vma, 10);
		assert_int_equal(move(A, vma, 10, 20, true), DONE);
		assert_int_equal(held(1), is_posted ? 10 : 20);
		assert_int_equal(locked(1), is_posted ? 10 : 20);
		assert_int_equal(counters(1, PRIVVM)->maxheld, is_posted ? 20 : 30);
		assert_null(bc->anomaly.text);
		assert_whole();
		unmap(A, vma, 20);
		assert_int_equal(held(1), 0);
		assert_true(!bc->anomaly.text == !is_posted);
		if (is_posted)
			assert_int_equal(bc->anomaly.pages, 10);
		end();
	}
}

/*
 * In place: 10 -> 20 is +10, 20 -> 5 is -15.  A move at barrier 25 from 20 to 21:
 * posted +1-20, intended 20+21 > 25 refused, nothing changes.  A move that keeps
 * its size: posted -20, intended 0.
 */
static void mremap(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? posted(D22_MOVE_UNCHARGED) : intended());
		map(A, VMA_MMAP, PRIVATE, 10);
		assert_int_equal(move(A, PRIVATE, 10, 20, false), DONE);
		assert_int_equal(held(1), 20);
		assert_int_equal(move(A, PRIVATE, 20, 5, false), DONE);
		assert_int_equal(held(1), 5);
		assert_int_equal(move(A, PRIVATE, 5, 20, false), DONE);
		assert_int_equal(move(A, TEXT, 5, 20, true), DONE);
		assert_int_equal(held(1), 20);
		limit(1, PRIVVM, 25, 25);
		assert_int_equal(move(A, PRIVATE, 20, 26, false), PRIVVM);
		assert_int_equal(move(A, PRIVATE, 20, 21, true), is_posted ? DONE : PRIVVM);
		assert_int_equal(held(1), is_posted ? 1 : 20);
		assert_int_equal(counters(1, PRIVVM)->failcnt, is_posted ? 1 : 2);
		limit(1, PRIVVM, PAGES_UNLIMITED, PAGES_UNLIMITED);
		map(B, VMA_MMAP, PRIVATE, 20);
		move(B, PRIVATE, 20, 20, true);
		assert_int_equal(held(2), is_posted ? 0 : 20);
		end();
	}
}

/*
 * D23  A driver makes 8 read-only pages writable in its mmap: posted 0 held, and the
 *      munmap gives back 8 of 0.  Intended +8; at barrier 7 the mmap fails.  It takes
 *      VMA_WRITE away: posted 8 stay for ever (their munmap credits none), intended 0.
 */
static void d23_driver_flags(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? posted(D23_DRIVER_FLAGS) : intended());
		map(A, VMA_MMAP, TEXT, 8);
		assert_int_equal(drive(A, TEXT, TEXT | VMA_WRITE | VMA_LOCKED, 8), DONE);
		assert_int_equal(held(1), is_posted ? 0 : 8);
		assert_int_equal(locked(1), is_posted ? 0 : 8);
		assert_whole();
		unmap(A, TEXT | VMA_WRITE | VMA_LOCKED, 8);
		assert_int_equal(held(1), 0);
		assert_true(!bc->anomaly.text == !is_posted);
		map(A, VMA_MMAP, PRIVATE, 8);
		assert_int_equal(drive(A, PRIVATE, 0, 8), DONE);
		unmap(A, 0, 8);
		assert_int_equal(held(1), is_posted ? 8 : 0);
		map(B, VMA_MMAP, TEXT, 8);
		limit(2, PRIVVM, 7, 20);
		assert_int_equal(drive(B, TEXT, TEXT | VMA_WRITE, 8), is_posted ? DONE : PRIVVM);
		assert_int_equal(held(2), 0);
		end();
	}
}

/*
 * D24  Barrier 10, limit 12, held 10, mmap of 2 with the loader's flag from a program:
 *      posted at the limit: 12; intended refused.  The loader itself passes.
 */
static void d24_execprio(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		begin(is_posted ? posted(D24_EXECPRIO_FROM_USER) : intended());
		map(A, VMA_MMAP, PRIVATE, 10);
		limit(1, PRIVVM, 10, 12);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE | VMA_EXECPRIO, 2), is_posted ? DONE : PRIVVM);
		assert_int_equal(map(A, VMA_MMAP, PRIVATE, 2), PRIVVM);
		assert_int_equal(held(1), is_posted ? 12 : 10);
		limit(1, PRIVVM, 10, 14);
		assert_int_equal(map(A, VMA_ELF, PRIVATE, 2), DONE);
		end();
	}
}

/*
 * T12, D27  Shared anonymous, 100 pages, writable, barrier 50, held 0.  With D27
 *      posted it is charged first: by D19 intended refused, failcnt 1; by D19 posted
 *      charged (maxheld 100) and given back.  D27 intended: never charged.  Read-only:
 *      never either.
 */
static void t12_d27_shared_anonymous(void **state)
{
	(void)state;
	for (int what = 0; what < 4; what++) {
		bool is_transient = what & 1, is_old = what & 2;
		struct rules rules = intended();

		rules.posted = (is_transient ? RULE_BIT(D27_SHM_ANON_TRANSIENT) : 0) |
			       (is_old ? RULE_BIT(D19_OLD_VALUE) : 0);
		begin(rules);
		limit(1, PRIVVM, 50, 50);
		assert_int_equal(map(A, VMA_MMAP, SHM, 100), is_transient && !is_old ? PRIVVM : DONE);
		assert_int_equal(held(1), 0);
		assert_int_equal(counters(1, PRIVVM)->failcnt, is_transient && !is_old);
		assert_int_equal(counters(1, PRIVVM)->maxheld, is_transient && is_old ? 100 : 0);
		assert_int_equal(map(A, VMA_MMAP, SHM & ~VMA_WRITE, 100), DONE);
		assert_int_equal(map(A, VMA_FORK, SHM, 100), DONE);
		assert_int_equal(counters(1, PRIVVM)->failcnt, is_transient && !is_old);
		unmap(A, SHM, 100);
		assert_null(bc->anomaly.text);
		end();
	}
}

/*
 * D28  A (c1) has 10 private pages, 2 of them locked, and 5 of text; barrier 15, limit
 *      20.  The child's 10 pages: 20 <= limit passes, 20 > barrier refuses (openvz,
 *      bc.fork_strict=barrier).  Its locked pages are not locked.  Denied or ended,
 *      the child gives back all it had: the parent's 10 stay.
 */
static void d28_fork(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		bool is_refused = what;

		begin(what == 2 ? chosen(SWITCH_BC_VARIANT, BC_OPENVZ) :
		      chosen(SWITCH_BC_FORK_STRICT, what ? BC_STRICT_BARRIER : BC_STRICT_LIMIT));
		map(A, VMA_MMAP, PRIVATE, 8);
		map(A, VMA_MMAP, PRIVATE | VMA_LOCKED, 2);
		map(A, VMA_MMAP, TEXT, 5);
		assert_int_equal(locked(1), 2);
		limit(1, PRIVVM, 15, 20);
		new_mm(5, 1);
		assert_int_equal(map(5, VMA_FORK, PRIVATE | VMA_LOCKED, 2), DONE);
		assert_int_equal(map(5, VMA_FORK, TEXT, 5), DONE);
		assert_int_equal(map(5, VMA_FORK, PRIVATE, 8), is_refused ? PRIVVM : DONE);
		assert_int_equal(held(1), is_refused ? 12 : 20);
		assert_int_equal(locked(1), 2);
		assert_whole();
		gone(5);
		assert_int_equal(held(1), 10);
		assert_int_equal(locked(1), 2);
		gone(A);
		assert_int_equal(held(1), 0);
		assert_int_equal(locked(1), 0);
		end();
	}
}

/* models.md 3.3: which calls stop at the barrier, which at the limit. Held 10, barrier 10, limit 12, 2 more. */
static void strictness_of_calls(void **state)
{
	static const struct { enum vma_why why; bool is_barrier; int error; const char *call; } calls[] = {
		{ VMA_MMAP, true, ENOMEM, "mmap" }, { VMA_BRK, true, ENOMEM, "brk" },
		{ VMA_ELF_BRK, false, 0, "exec" }, { VMA_STACK, false, 0, "stack growth" },
		{ VMA_INSERT, false, 0, "exec" }, { VMA_ELF, false, 0, "exec" },
		{ VMA_FORK, false, ENOMEM, "fork" },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(calls); i++) {
		struct mem_op op = { .kind = OP_VMA_MAP, .why = (uint8_t)calls[i].why };

		begin(intended());
		map(A, VMA_MMAP, PRIVATE, 10);
		limit(1, PRIVVM, 10, 12);
		assert_int_equal(map(A, calls[i].why, PRIVATE, 2), calls[i].is_barrier ? PRIVVM : DONE);
		assert_int_equal(map(A, calls[i].why, PRIVATE, 3), PRIVVM);
		assert_int_equal(bc->class->denial(&op, PRIVVM), calls[i].error);
		assert_int_equal(bc->class->denial(&op, LOCKED), calls[i].error);
		assert_string_equal(mem_op_call(&op), calls[i].call);
		end();
	}
	begin(intended());
	map(A, VMA_MMAP, VMA_LOCKED, 10);
	limit(1, LOCKED, 10, 12);
	assert_int_equal(change(A, 0, VMA_LOCKED, 2, 0), LOCKED);
	assert_int_equal(shm_lock(1, OP_SHM_LOCK, 2), LOCKED);
	assert_int_equal(move(A, VMA_LOCKED, 5, 6, false), LOCKED);
	end();
}

static void denials(void **state)
{
	static const struct { struct mem_op op; uint32_t resource; int error; const char *call; } cases[] = {
		{ { .kind = OP_VMA_CHANGE, .vma = VMA_LOCKED }, LOCKED, EAGAIN, "mlock" },
		{ { .kind = OP_VMA_CHANGE, .old_vma = VMA_LOCKED }, LOCKED, EAGAIN, "munlock" },
		{ { .kind = OP_VMA_CHANGE, .vma = VMA_WRITE }, PRIVVM, ENOMEM, "mprotect" },
		{ { .kind = OP_VMA_CHANGE, .vma = VMA_LOCKED, .why = VMA_DRIVER }, LOCKED, ENOMEM, "mmap" },
		{ { .kind = OP_VMA_MOVE }, LOCKED, ENOMEM, "mremap" },
		{ { .kind = OP_SHM_LOCK }, LOCKED, ENOMEM, "shmctl(SHM_LOCK)" },
		{ { .kind = OP_SHM_UNLOCK }, LOCKED, ENOMEM, "shmctl(SHM_UNLOCK)" },
		{ { .kind = OP_VMA_UNMAP }, LOCKED, ENOMEM, "munmap" },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		assert_int_equal(model_by_name("ubc")->denial(&cases[i].op, cases[i].resource), cases[i].error);
		assert_string_equal(mem_op_call(&cases[i].op), cases[i].call);
	}
	assert_null(mem_op_call(&(struct mem_op){ .kind = OP_MAP }));
}

/* What counts: BC_VM_PRIVATE of all sets of flags, and LOCKED. */
static void private_or_not(void **state)
{
	static const struct { int vma; bool is_private; } cases[] = {
		{ 0, false }, { VMA_FILE, false }, { VMA_SHARED, false }, { VMA_FILE | VMA_SHARED, false },
		{ VMA_WRITE, true }, { VMA_WRITE | VMA_FILE, true }, { VMA_WRITE | VMA_SHARED, true },
		{ VMA_WRITE | VMA_FILE | VMA_SHARED, false }, { SHM, false }, { VMA_WRITE | VMA_SHM_ANON, false },
	};

	(void)state;
	for (size_t i = 0; i < NR_OF(cases); i++) {
		begin(intended());
		assert_int_equal(map(A, VMA_MMAP, cases[i].vma, 3), DONE);
		assert_int_equal(held(1), cases[i].is_private ? 3 : 0);
		assert_int_equal(locked(1), 0);
		assert_int_equal(map(A, VMA_MMAP, cases[i].vma | VMA_LOCKED, 4), DONE);
		assert_int_equal(locked(1), 4);
		unmap(A, cases[i].vma, 3);
		assert_int_equal(held(1), cases[i].is_private ? 4 : 0);
		gone(A);
		assert_int_equal(held(1), 0);
		assert_int_equal(locked(1), 0);
		end();
	}
}

/* mprotect and munlock back and forth; a partial munmap credits its part by its own flags. */
static void changes(void **state)
{
	(void)state;
	begin(intended());
	map(A, VMA_MMAP, PRIVATE, 10);
	assert_int_equal(change(A, PRIVATE, 0, 4, 0), DONE);
	assert_int_equal(held(1), 6);
	assert_int_equal(change(A, 0, PRIVATE, 1, 0), DONE);
	assert_int_equal(held(1), 7);
	assert_int_equal(change(A, PRIVATE, PRIVATE | VMA_LOCKED, 7, 0), DONE);
	assert_int_equal(change(A, PRIVATE | VMA_LOCKED, PRIVATE, 3, 0), DONE);
	assert_int_equal(held(1), 7);
	assert_int_equal(locked(1), 4);
	unmap(A, PRIVATE | VMA_LOCKED, 2);
	unmap(A, 0, 3);
	assert_int_equal(held(1), 5);
	assert_int_equal(locked(1), 2);
	end();
}

/* A VMA older than the recording: what goes is no more than what this mm is known to have. */
static void older_than_the_recording(void **state)
{
	(void)state;
	begin(intended());
	map(C, VMA_MMAP, PRIVATE, 50);
	unmap(A, PRIVATE, 30);
	assert_int_equal(held(1), 50);
	map(A, VMA_MMAP, PRIVATE, 5);
	unmap(A, PRIVATE, 30);
	assert_int_equal(held(1), 50);
	move(A, PRIVATE, 30, 10, false);
	assert_int_equal(held(1), 50);
	map(C, VMA_MMAP, VMA_LOCKED, 5);
	unmap(A, VMA_LOCKED, 3);
	assert_int_equal(locked(1), 5);
	assert_whole();
	assert_null(bc->anomaly.text);
	/* An mm that was never seen to begin belongs where it is first seen. */
	container_of[7] = 2;
	map(7, VMA_BRK, PRIVATE, 3);
	container_of[7] = 1;
	assert_int_equal(held(2), 3);
	end();
}

/* 3.8: a move changes nothing of the mm; the new mm of an exec is in the new container. */
static void moved_tasks(void **state)
{
	struct mem_op op = { .kind = OP_VMA_MAP, .mm = A, .container = 2, .vma = PRIVATE, .pages = 3 };
	struct refusal refusal;

	(void)state;
	begin(intended());
	map(A, VMA_MMAP, PRIVATE, 10);
	apply((struct mem_op){ .kind = OP_MM_MOVE, .mm = A, .container = 2 });
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	bc->class->commit(bc, &op);
	assert_int_equal(held(1), 13);
	assert_int_equal(held(2), 0);
	limit(1, PRIVVM, 13, 13);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_REFUSED);
	assert_int_equal(refusal.container, 1);
	gone(A);
	new_mm(A, 2);
	map(A, VMA_MMAP, PRIVATE, 4);
	assert_int_equal(held(1), 0);
	assert_int_equal(held(2), 4);
	end();
}

/* lockedpages goes first: over both, it is the one that refuses, and only it counts a failure. */
static void order_and_cancel(void **state)
{
	struct mem_op op = { .kind = OP_VMA_MAP, .mm = A, .container = 1, .vma = PRIVATE | VMA_LOCKED, .pages = 3 };
	struct refusal refusal;

	(void)state;
	begin(intended());
	limit(1, PRIVVM, 2, 2);
	limit(1, LOCKED, 2, 2);
	assert_int_equal(map(A, VMA_MMAP, PRIVATE | VMA_LOCKED, 3), LOCKED);
	assert_int_equal(counters(1, PRIVVM)->failcnt, 0);
	assert_int_equal(counters(1, LOCKED)->failcnt, 1);
	limit(1, PRIVVM, 3, 3);
	limit(1, LOCKED, 3, 3);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	assert_int_equal(held(1), 3);
	bc->class->cancel(bc, &op);
	assert_int_equal(held(1), 0);
	assert_int_equal(locked(1), 0);
	assert_int_equal(counters(1, PRIVVM)->maxheld, 3);
	bc->class->reset_counters(bc);
	assert_int_equal(counters(1, PRIVVM)->maxheld, 0);
	assert_int_equal(counters(1, LOCKED)->failcnt, 0);
	assert_int_equal(counters(1, LOCKED)->limit, 3);
	assert_true(counters(77, LOCKED)->limit == PAGES_UNLIMITED);
	end();
}

/*
 * T14  Page 1 shared by c1, c2, c3.  c1 alone: 1.  +c2: 1/2, 1/2.  +c3: the head c1
 *      halves and goes behind c2: c2 1/2, c1 1/4, c3 1/4.  c2 leaves: tail c3 doubles,
 *      then c1: 1/2 each.  Seen by weight: four pages alike make whole pages.
 */
static void t14_shares(void **state)
{
	(void)state;
	begin(chosen(SWITCH_BC_RSS, SWITCH_ON));
	new_mm(5, 3);
#define assert_shares(c1, c2, c3) do { \
	assert_int_equal(held(1), c1); \
	assert_int_equal(held(2), c2); \
	assert_int_equal(held(3), c3); \
	assert_whole(); \
} while (0)
	for (uint32_t page = 1; page <= 4; page++)
		touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
	assert_shares(4, 0, 0);
	for (uint32_t page = 1; page <= 4; page++)
		touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
	assert_shares(2, 2, 0);
	touch(C, 1, TEXT, WHY_FILE, PAGE_FILE);		/* c1 again: no new share */
	assert_shares(2, 2, 0);
	for (uint32_t page = 1; page <= 4; page++)
		touch(5, page, TEXT, WHY_FILE, PAGE_FILE);
	assert_shares(1, 2, 1);
	leave(A, 1, TEXT, WHY_ZAP, PAGE_FILE);		/* C still maps page 1 */
	assert_shares(1, 2, 1);
	for (uint32_t page = 1; page <= 4; page++)
		leave(B, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(2, 0, 2);
	leave(C, 1, TEXT, WHY_ZAP, PAGE_FILE);
	for (uint32_t page = 2; page <= 4; page++)
		leave(A, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(0, 0, 4);
	/* A page that ends while mapped gives its shares back. */
	apply((struct mem_op){ .kind = OP_PAGE_GONE, .mm = A, .page = 4 });
	record_clear(&rows, 4);
	assert_shares(0, 0, 3);
	end();
}

/*
 * Removing a share of the largest number: c1, c2, c3 as in T14, c1 (1/4) leaves: the
 * tail c3 doubles to 1/2, once.  A fourth first: list c2 1/2, c1, c3 1/4 + c4: c2
 * halves: c1, c3, c2, c4 1/4 each.
 */
static void shares_of_four(void **state)
{
	(void)state;
	begin(chosen(SWITCH_BC_RSS, SWITCH_ON));
	new_mm(5, 3);
	new_mm(6, 4);
	for (uint32_t page = 1; page <= 4; page++) {
		touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
		touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
		touch(5, page, TEXT, WHY_FILE, PAGE_FILE);
		touch(6, page, TEXT, WHY_FILE, PAGE_FILE);
	}
	assert_shares(1, 1, 1);
	assert_int_equal(held(4), 1);
	/* c4 leaves: tail c2 doubles. */
	for (uint32_t page = 1; page <= 4; page++)
		leave(6, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(1, 2, 1);
	/* Then c1: the list is c2 1/2, c1, c3: the tail c3 doubles. */
	for (uint32_t page = 1; page <= 4; page++)
		leave(A, page, TEXT, WHY_ZAP, PAGE_FILE);
	assert_shares(0, 2, 2);
	end();
}

/*
 * Section 5, column by column.  `s` seed only, `r` bc.rss=on.
 *
 *	A mmaps 100 private, touches 10:	s c1 100	r 90 unused + 10 = 100
 *	A reads a file:				nothing
 *	A maps 20 of a file, B the same:	s nothing	r c1 110, c2 10
 *	A exits:				s c1 0		r c1 0, c2 20
 */
static void section_5_sharing(void **state)
{
	(void)state;
	for (uint8_t rss = SWITCH_OFF; rss <= SWITCH_ON; rss++) {
		begin(chosen(SWITCH_BC_RSS, rss));
		map(A, VMA_MMAP, PRIVATE, 100);
		for (uint32_t page = 1; page <= 10; page++)
			touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
		assert_int_equal(held(1), 100);
		apply((struct mem_op){ .kind = OP_CACHE_ADD, .mm = A, .page = 11 });
		assert_int_equal(held(1), 100);
		map(A, VMA_MMAP, TEXT, 20);
		map(B, VMA_MMAP, TEXT, 20);
		for (uint32_t page = 11; page <= 30; page++)
			touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
		assert_int_equal(held(1), rss ? 120 : 100);
		for (uint32_t page = 11; page <= 30; page++)
			touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
		assert_int_equal(held(1), rss ? 110 : 100);
		assert_int_equal(held(2), rss ? 10 : 0);
		assert_whole();
		for (uint32_t page = 1; page <= 30; page++)
			leave(A, page, page <= 10 ? PRIVATE : TEXT, WHY_EXIT, page <= 10 ? PAGE_ANON : PAGE_FILE);
		gone(A);
		assert_int_equal(held(1), 0);
		assert_int_equal(held(2), rss ? 20 : 0);
		assert_int_equal(counters(1, PRIVVM)->maxheld, rss ? 120 : 100);
		end();
	}
}

/*
 * A (c1) has 10 private pages, all touched: 10.  It forks D and D moves to c2: its
 * reservation is c1's: s 20; r: D's entries are resident too, and c1 has one share of
 * each page: unused 0, 10 shares = 10.  D writes page 1: the entry leaves, unused
 * 1, the copy enters, unused 0, shares 11: r 11, s 20, c2 0.  A exits: s 10; r A's
 * page 1 goes, the other 9 are D's: 10.  D writes page 2: reuse, nothing.
 *
 * Swapped out (page 2): unused 1, shares 9: 10.  Back: 10.
 */
static void section_5_fork_and_swap(void **state)
{
	enum { D = 5 };

	(void)state;
	for (uint8_t rss = SWITCH_OFF; rss <= SWITCH_ON; rss++) {
		begin(chosen(SWITCH_BC_RSS, rss));
		map(A, VMA_MMAP, PRIVATE, 10);
		for (uint32_t page = 1; page <= 10; page++)
			touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
		new_mm(D, 1);
		assert_int_equal(map(D, VMA_FORK, PRIVATE, 10), DONE);
		assert_int_equal(held(1), 20);
		for (uint32_t page = 1; page <= 10; page++)
			touch(D, page, PRIVATE, WHY_FORK, PAGE_ANON);
		assert_int_equal(held(1), rss ? 10 : 20);
		apply((struct mem_op){ .kind = OP_MM_MOVE, .mm = D, .container = 2 });
		leave(D, 1, PRIVATE, WHY_COPY, PAGE_ANON);
		touch(D, 11, PRIVATE, WHY_COPY, PAGE_ANON);
		assert_int_equal(held(1), rss ? 11 : 20);
		assert_int_equal(held(2), 0);
		for (uint32_t page = 1; page <= 10; page++)
			leave(A, page, PRIVATE, WHY_EXIT, PAGE_ANON);
		gone(A);
		assert_int_equal(held(1), 10);
		leave(D, 2, PRIVATE, WHY_RECLAIM, PAGE_ANON);
		assert_int_equal(held(1), 10);
		touch(D, 2, PRIVATE, WHY_SWAP_IN, PAGE_ANON);
		assert_int_equal(held(1), 10);
		assert_whole();
		for (uint32_t page = 2; page <= 11; page++)
			leave(D, page, PRIVATE, WHY_EXIT, PAGE_ANON);
		assert_int_equal(held(1), 10);
		gone(D);
		assert_int_equal(held(1), 0);
		end();
	}
}

/*
 * Children in another container share by halves: A (c1) 4 pages, child of c2.  Before:
 * c1 4.  VMA: c2 4 unused.  Entries: unused 0, halves: c1 2, c2 2.
 * Shared memory (shmem) has no shares: a writable private mapping of it only takes
 * from unused.
 */
static void shares_by_fork_and_shmem(void **state)
{
	(void)state;
	begin(chosen(SWITCH_BC_RSS, SWITCH_ON));
	map(A, VMA_MMAP, PRIVATE, 4);
	for (uint32_t page = 1; page <= 4; page++)
		touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
	map(B, VMA_FORK, PRIVATE, 4);
	assert_int_equal(held(2), 4);
	for (uint32_t page = 1; page <= 4; page++)
		touch(B, page, PRIVATE, WHY_FORK, PAGE_ANON);
	assert_int_equal(held(1), 2);
	assert_int_equal(held(2), 2);
	map(C, VMA_MMAP, PRIVATE | VMA_FILE, 1);
	assert_int_equal(held(1), 3);
	touch(C, 9, PRIVATE | VMA_FILE, WHY_FILE, PAGE_SHMEM);
	assert_int_equal(held(1), 2);
	leave(C, 9, PRIVATE | VMA_FILE, WHY_ZAP, PAGE_SHMEM);
	assert_int_equal(held(1), 3);
	end();
}

/*
 * 3.4: mprotect counts what is not resident.  10 private, 4 touched: 6 + 4.  To
 * read-only: the 6 go, the 4 stay as shares: 4.  Back at barrier 9: 4+6 > 9 refused;
 * at 10: 10.  Without bc.rss the same is 10, 0, 10.
 */
static void mprotect_resident(void **state)
{
	(void)state;
	for (uint8_t rss = SWITCH_OFF; rss <= SWITCH_ON; rss++) {
		begin(chosen(SWITCH_BC_RSS, rss));
		map(A, VMA_MMAP, PRIVATE, 10);
		for (uint32_t page = 1; page <= 4; page++)
			touch(A, page, PRIVATE, WHY_ANON, PAGE_ANON);
		change(A, PRIVATE, 0, 10, 4);
		assert_int_equal(held(1), rss ? 4 : 0);
		assert_whole();
		limit(1, PRIVVM, 9, 9);
		assert_int_equal(change(A, 0, PRIVATE, 10, 4), PRIVVM);
		limit(1, PRIVVM, 10, 10);
		assert_int_equal(change(A, 0, PRIVATE, 10, 4), DONE);
		assert_int_equal(held(1), 10);
		for (uint32_t page = 1; page <= 4; page++)
			leave(A, page, PRIVATE, WHY_ZAP, PAGE_ANON);
		assert_int_equal(held(1), 10);
		unmap(A, PRIVATE, 10);
		assert_int_equal(held(1), 0);
		end();
	}
}

/*
 * D25  A page of a file, mapped by A (c1) and B (c2), halves; four of them: 2, 2.
 *      Migrated, B first: intended B 4, then 2, 2.  Posted: both stay without a
 *      share: 0, 0, and unmapping takes nothing.  A private one of A goes back to
 *      unused: held 1 in both.  Without bc.rss nothing moves at all.
 */
static void d25_migration(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		struct rules rules = is_posted ? posted(D25_MIGRATE_DELETES) : intended();

		rules.chosen[SWITCH_BC_RSS] = SWITCH_ON;
		begin(rules);
		map(A, VMA_MMAP, PRIVATE, 1);
		touch(A, 9, PRIVATE, WHY_ANON, PAGE_ANON);
		leave(A, 9, PRIVATE, WHY_MIGRATE, PAGE_ANON);
		touch(A, 9, PRIVATE, WHY_MIGRATE, PAGE_ANON);
		assert_int_equal(held(1), 1);
		for (uint32_t page = 1; page <= 4; page++) {
			touch(A, page, TEXT, WHY_FILE, PAGE_FILE);
			touch(B, page, TEXT, WHY_FILE, PAGE_FILE);
			leave(A, page, TEXT, WHY_MIGRATE, PAGE_FILE);
			leave(B, page, TEXT, WHY_MIGRATE, PAGE_FILE);
			touch(B, page, TEXT, WHY_MIGRATE, PAGE_FILE);
			touch(A, page, TEXT, WHY_MIGRATE, PAGE_FILE);
		}
		assert_int_equal(held(1), is_posted ? 1 : 3);
		assert_int_equal(held(2), is_posted ? 0 : 2);
		assert_whole();
		for (uint32_t page = 1; page <= 4; page++) {
			leave(A, page, TEXT, WHY_EXIT, PAGE_FILE);
			leave(B, page, TEXT, WHY_EXIT, PAGE_FILE);
		}
		leave(A, 9, PRIVATE, WHY_EXIT, PAGE_ANON);
		assert_int_equal(held(1), 1);
		assert_int_equal(held(2), 0);
		gone(A);
		assert_int_equal(held(1), 0);
		end();
	}
}

/* All that production does right, whatever the rules say: everything posted, nothing wrong. */
static void openvz_is_right(void **state)
{
	struct rules rules;

	(void)state;
	rules_init(&rules, true);
	rules.chosen[SWITCH_BC_VARIANT] = BC_OPENVZ;
	begin(rules);
	map(A, VMA_MMAP, VMA_LOCKED, 6);
	limit(1, PRIVVM, 10, 10);
	assert_int_equal(map(A, VMA_MMAP, PRIVATE, 11), PRIVVM);			/* D19 */
	assert_int_equal(locked(1), 6);							/* D17 */
	assert_int_equal(change(A, VMA_LOCKED, VMA_LOCKED | VMA_WRITE, 11, 0), PRIVVM);	/* D18 */
	shm_lock(1, OP_SHM_LOCK, 5000);
	assert_int_equal(locked(1), 5006);						/* D21 */
	map(A, VMA_MMAP, PRIVATE, 2);
	move(A, PRIVATE, 2, 3, true);
	assert_int_equal(held(1), 3);							/* D22 */
	drive(A, TEXT, TEXT | VMA_WRITE, 4);
	assert_int_equal(held(1), 7);							/* D23 */
	assert_null(bc->anomaly.text);
	end();
}

/* check() must see what it is for: each invariant broken from outside. */
static void check_sees(void **state)
{
	struct mem_op op = { .kind = OP_VMA_MAP, .mm = A, .container = 1, .vma = PRIVATE, .pages = 3 };
	struct model_counters *seen;
	struct refusal refusal;

	(void)state;
	begin(intended());
	bc->class->commit(bc, &op);		/* never prepared */
	assert_memory_equal(bc->class->check(bc, NR_PAGES), "B1", 2);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	assert_null(bc->class->check(bc, NR_PAGES));
	op.vma = VMA_LOCKED;
	bc->class->commit(bc, &op);
	assert_memory_equal(bc->class->check(bc, NR_PAGES), "B2", 2);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	assert_null(bc->class->check(bc, NR_PAGES));
	end();

	begin(intended());
	map(A, VMA_MMAP, PRIVATE, 3);
	limit(1, PRIVVM, 5, 5);
	assert_whole();
	seen = (struct model_counters *)counters(1, PRIVVM);
	seen->maxheld = 2;
	assert_memory_equal(bc->class->check(bc, NR_PAGES), "B3", 2);
	seen->held = seen->maxheld = seen->transient = 6;
	assert_memory_equal(bc->class->check(bc, NR_PAGES), "B7", 2);
	seen->held = 3;
	end();

	begin(chosen(SWITCH_BC_RSS, SWITCH_ON));
	touch(A, 1, TEXT, WHY_FILE, PAGE_FILE);
	record_clear(&rows, 1);
	assert_memory_equal(bc->class->check(bc, NR_PAGES), "B5", 2);
	touch(A, 1, TEXT, WHY_FILE, PAGE_FILE);
	record_clear(&rows, 1);
	bc->class->destroy(bc);
	records_release(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t10_strictness),
		cmocka_unit_test(barrier_above_limit),
		cmocka_unit_test(t11_d17_locked_leak),
		cmocka_unit_test(d18_result_lost),
		cmocka_unit_test(mprotect_strict),
		cmocka_unit_test(d20_minheld),
		cmocka_unit_test(d21_shm_lock),
		cmocka_unit_test(t13_d22_move),
		cmocka_unit_test(mremap),
		cmocka_unit_test(d23_driver_flags),
		cmocka_unit_test(d24_execprio),
		cmocka_unit_test(t12_d27_shared_anonymous),
		cmocka_unit_test(d28_fork),
		cmocka_unit_test(strictness_of_calls),
		cmocka_unit_test(denials),
		cmocka_unit_test(private_or_not),
		cmocka_unit_test(changes),
		cmocka_unit_test(older_than_the_recording),
		cmocka_unit_test(moved_tasks),
		cmocka_unit_test(order_and_cancel),
		cmocka_unit_test(t14_shares),
		cmocka_unit_test(shares_of_four),
		cmocka_unit_test(section_5_sharing),
		cmocka_unit_test(section_5_fork_and_swap),
		cmocka_unit_test(shares_by_fork_and_shmem),
		cmocka_unit_test(mprotect_resident),
		cmocka_unit_test(d25_migration),
		cmocka_unit_test(openvz_is_right),
		cmocka_unit_test(check_sees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

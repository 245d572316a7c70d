// SPDX-License-Identifier: GPL-2.0-or-later
/* Beancounters to the page: T10 to T13, D17 to D24, D27, D28 (models.md 3, 6). */
#include "tests/unit/bc_bench.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

		bench_begin(what == 2 ? bench_chosen(SWITCH_BC_VARIANT, BC_OPENVZ) : is_posted ?
			    bench_posted(D19_OLD_VALUE) : bench_intended());
		bench_map(A, VMA_MMAP, PRIVATE, 10);
		bench_limit(1, PRIVVM, 10, 12);
		assert_int_equal(bench_map(A, VMA_STACK, PRIVATE, 3), is_posted ? DONE : PRIVVM);
		assert_int_equal(bench_held(1), is_posted ? 13 : 10);
		if (is_posted)
			bench_unmap(A, PRIVATE, 3);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 5), is_posted ? DONE : PRIVVM);
		assert_int_equal(bench_held(1), is_posted ? 15 : 10);
		assert_int_equal(bench_counters(1, PRIVVM)->failcnt, is_posted ? 0 : 2);
		assert_int_equal(bench_map(A, VMA_STACK, PRIVATE, 2), is_posted ? PRIVVM : DONE);
		assert_int_equal(bench_held(1), is_posted ? 15 : 12);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 1), PRIVVM);
		assert_int_equal(bench_counters(1, PRIVVM)->failcnt, is_posted ? 2 : 3);
		assert_int_equal(bench_counters(1, PRIVVM)->maxheld, is_posted ? 15 : 12);
		bench_end();
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
		bench_begin(what == 2 ? bench_chosen(SWITCH_BC_VARIANT, BC_OPENVZ) : what ?
			    bench_posted(D19_OLD_VALUE) : bench_intended());
		bench_map(A, VMA_MMAP, PRIVATE, 10);
		bench_limit(1, PRIVVM, 20, 12);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 5), what == 2 ? PRIVVM : DONE);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 1), what == 1 ? PRIVVM : DONE);
		assert_int_equal(bench_held(1), what == 2 ? 11 : what ? 15 : 16);
		bench_end();
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
		bench_begin(is_posted ? bench_posted(D17_LOCKED_LEAK) : bench_intended());
		bench_map(A, VMA_MMAP, VMA_LOCKED, 6);
		assert_int_equal(bench_locked(1), 6);
		bench_limit(1, PRIVVM, 0, 0);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE | VMA_LOCKED, 4), PRIVVM);
		assert_int_equal(bench_locked(1), 6);
		assert_int_equal(bench_counters(1, LOCKED)->maxheld, 10);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 4), PRIVVM);
		assert_int_equal(bench_locked(1), is_posted ? 2 : 6);
		assert_true(!bc->anomaly.text == !is_posted);
		if (is_posted) {
			assert_int_equal(bc->anomaly.pages, 4);
			assert_int_equal(bc->anomaly.resource, LOCKED);
			assert_int_equal(bc->anomaly.container, 1);
		}
		bench_assert_whole();
		assert_int_equal(bench_map(A, VMA_FORK, PRIVATE | VMA_LOCKED, 4), PRIVVM);
		assert_int_equal(bench_locked(1), is_posted ? 0 : 6);
		assert_int_equal(bench_counters(1, PRIVVM)->failcnt, 3);
		assert_int_equal(bench_change(A, VMA_LOCKED, 0, 6, 0), DONE);
		assert_int_equal(bench_locked(1), 0);
		/* mprotect charges by itself: no leak. */
		bench_map(A, VMA_MMAP, VMA_LOCKED, 6);
		assert_int_equal(bench_change(A, VMA_LOCKED, VMA_LOCKED | VMA_WRITE, 6, 0), PRIVVM);
		assert_int_equal(bench_locked(1), 6);
		bench_end();
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
		bench_begin(is_posted ? bench_posted(D18_RESULT_LOST) : bench_intended());
		bench_limit(1, PRIVVM, 3, 3);
		bench_limit(1, LOCKED, 3, 3);
		bench_map(A, VMA_MMAP, 0, 4);
		assert_int_equal(bench_change(A, 0, VMA_WRITE, 4, 0), is_posted ? DONE : PRIVVM);
		assert_int_equal(bench_counters(1, PRIVVM)->failcnt, 1);
		assert_int_equal(bench_held(1), 0);
		assert_true(!bc->anomaly.text == !is_posted);
		assert_int_equal(bench_change(A, VMA_WRITE, VMA_WRITE | VMA_LOCKED, 4, 0), LOCKED);
		assert_int_equal(bench_locked(1), 0);
		bench_assert_whole();
		bench_unmap(A, is_posted ? VMA_WRITE : 0, 4);
		assert_int_equal(bench_held(1), 0);
		bench_end();
	}
}

/* mprotect's strictness: held 8 of barrier 10, limit 12; 3 more are over the barrier, not the limit. */
static void mprotect_strict(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		bench_begin(what == 2 ? bench_chosen(SWITCH_BC_VARIANT, BC_OPENVZ) :
			    bench_chosen(SWITCH_BC_MPROTECT_STRICT, (uint8_t)what));
		bench_map(A, VMA_MMAP, PRIVATE, 8);
		bench_map(A, VMA_MMAP, TEXT, 3);
		bench_limit(1, PRIVVM, 10, 12);
		assert_int_equal(bench_change(A, TEXT, TEXT | VMA_WRITE, 3, 0), what ? DONE : PRIVVM);
		assert_int_equal(bench_held(1), what ? 11 : 8);
		bench_end();
	}
}

/* D20: A holds 7 when counting begins, then 5, then 9: the least was 5, posted 0. */
static void d20_minheld(void **state)
{
	(void)state;
	for (int is_posted = 0; is_posted < 2; is_posted++) {
		bench_begin(is_posted ? bench_posted(D20_MINHELD_ZERO) : bench_intended());
		bench_map(A, VMA_MMAP, PRIVATE, 7);
		bc->class->reset_counters(bc);
		bench_unmap(A, PRIVATE, 2);
		bench_map(A, VMA_MMAP, PRIVATE, 4);
		assert_int_equal(bench_counters(1, PRIVVM)->minheld, is_posted ? 0 : 5);
		assert_int_equal(bench_counters(1, PRIVVM)->maxheld, 9);
		bench_end();
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
		bench_begin(is_posted ? bench_posted(D21_SHM_LOCK_SHIFT) : bench_intended());
		assert_int_equal(bench_shm_lock(1, OP_SHM_LOCK, 5000), DONE);
		assert_int_equal(bench_shm_lock(1, OP_SHM_LOCK, 4095), DONE);
		assert_int_equal(bench_locked(1), is_posted ? 1 : 9095);
		bench_assert_whole();
		assert_int_equal(bench_shm_lock(1, OP_SHM_UNLOCK, 4095), DONE);
		bench_limit(1, LOCKED, 9000, 9000);
		assert_int_equal(bench_shm_lock(1, OP_SHM_LOCK, 4095), is_posted ? DONE : LOCKED);
		assert_int_equal(bench_shm_lock(1, OP_SHM_UNLOCK, is_posted ? 4095 : 0), DONE);
		assert_int_equal(bench_shm_lock(1, OP_SHM_UNLOCK, 5000), DONE);
		assert_int_equal(bench_locked(1), 0);
		assert_int_equal(bench_locked(2), 0);
		/* More than was ever locked: nothing happens. */
		assert_int_equal(bench_shm_lock(1, OP_SHM_UNLOCK, 7), DONE);
		assert_int_equal(bench_locked(1), 0);
		assert_null(bc->anomaly.text);
		bench_end();
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

		bench_begin(is_posted ? bench_posted(D22_MOVE_UNCHARGED) : bench_intended());
		bench_map(A, VMA_MMAP, vma, 10);
		assert_int_equal(bench_move(A, vma, 10, 20, true), DONE);
		assert_int_equal(bench_held(1), is_posted ? 10 : 20);
		assert_int_equal(bench_locked(1), is_posted ? 10 : 20);
		assert_int_equal(bench_counters(1, PRIVVM)->maxheld, is_posted ? 20 : 30);
		assert_null(bc->anomaly.text);
		bench_assert_whole();
		bench_unmap(A, vma, 20);
		assert_int_equal(bench_held(1), 0);
		assert_true(!bc->anomaly.text == !is_posted);
		if (is_posted)
			assert_int_equal(bc->anomaly.pages, 10);
		bench_end();
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
		bench_begin(is_posted ? bench_posted(D22_MOVE_UNCHARGED) : bench_intended());
		bench_map(A, VMA_MMAP, PRIVATE, 10);
		assert_int_equal(bench_move(A, PRIVATE, 10, 20, false), DONE);
		assert_int_equal(bench_held(1), 20);
		assert_int_equal(bench_move(A, PRIVATE, 20, 5, false), DONE);
		assert_int_equal(bench_held(1), 5);
		assert_int_equal(bench_move(A, PRIVATE, 5, 20, false), DONE);
		assert_int_equal(bench_move(A, TEXT, 5, 20, true), DONE);
		assert_int_equal(bench_held(1), 20);
		bench_limit(1, PRIVVM, 25, 25);
		assert_int_equal(bench_move(A, PRIVATE, 20, 26, false), PRIVVM);
		assert_int_equal(bench_move(A, PRIVATE, 20, 21, true), is_posted ? DONE : PRIVVM);
		assert_int_equal(bench_held(1), is_posted ? 1 : 20);
		assert_int_equal(bench_counters(1, PRIVVM)->failcnt, is_posted ? 1 : 2);
		bench_limit(1, PRIVVM, PAGES_UNLIMITED, PAGES_UNLIMITED);
		bench_map(B, VMA_MMAP, PRIVATE, 20);
		bench_move(B, PRIVATE, 20, 20, true);
		assert_int_equal(bench_held(2), is_posted ? 0 : 20);
		bench_end();
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
		bench_begin(is_posted ? bench_posted(D23_DRIVER_FLAGS) : bench_intended());
		bench_map(A, VMA_MMAP, TEXT, 8);
		assert_int_equal(bench_drive(A, TEXT, TEXT | VMA_WRITE | VMA_LOCKED, 8), DONE);
		assert_int_equal(bench_held(1), is_posted ? 0 : 8);
		assert_int_equal(bench_locked(1), is_posted ? 0 : 8);
		bench_assert_whole();
		bench_unmap(A, TEXT | VMA_WRITE | VMA_LOCKED, 8);
		assert_int_equal(bench_held(1), 0);
		assert_true(!bc->anomaly.text == !is_posted);
		bench_map(A, VMA_MMAP, PRIVATE, 8);
		assert_int_equal(bench_drive(A, PRIVATE, 0, 8), DONE);
		bench_unmap(A, 0, 8);
		assert_int_equal(bench_held(1), is_posted ? 8 : 0);
		bench_map(B, VMA_MMAP, TEXT, 8);
		bench_limit(2, PRIVVM, 7, 20);
		assert_int_equal(bench_drive(B, TEXT, TEXT | VMA_WRITE, 8), is_posted ? DONE : PRIVVM);
		assert_int_equal(bench_held(2), 0);
		bench_end();
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
		bench_begin(is_posted ? bench_posted(D24_EXECPRIO_FROM_USER) : bench_intended());
		bench_map(A, VMA_MMAP, PRIVATE, 10);
		bench_limit(1, PRIVVM, 10, 12);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE | VMA_EXECPRIO, 2), is_posted ? DONE : PRIVVM);
		assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 2), PRIVVM);
		assert_int_equal(bench_held(1), is_posted ? 12 : 10);
		bench_limit(1, PRIVVM, 10, 14);
		assert_int_equal(bench_map(A, VMA_ELF, PRIVATE, 2), DONE);
		bench_end();
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
		struct rules rules = bench_intended();

		rules.posted = (is_transient ? RULE_BIT(D27_SHM_ANON_TRANSIENT) : 0) |
			       (is_old ? RULE_BIT(D19_OLD_VALUE) : 0);
		bench_begin(rules);
		bench_limit(1, PRIVVM, 50, 50);
		assert_int_equal(bench_map(A, VMA_MMAP, SHM, 100), is_transient && !is_old ? PRIVVM : DONE);
		assert_int_equal(bench_held(1), 0);
		assert_int_equal(bench_counters(1, PRIVVM)->failcnt, is_transient && !is_old);
		assert_int_equal(bench_counters(1, PRIVVM)->maxheld, is_transient && is_old ? 100 : 0);
		assert_int_equal(bench_map(A, VMA_MMAP, SHM & ~VMA_WRITE, 100), DONE);
		assert_int_equal(bench_map(A, VMA_FORK, SHM, 100), DONE);
		assert_int_equal(bench_counters(1, PRIVVM)->failcnt, is_transient && !is_old);
		bench_unmap(A, SHM, 100);
		assert_null(bc->anomaly.text);
		bench_end();
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

		bench_begin(what == 2 ? bench_chosen(SWITCH_BC_VARIANT, BC_OPENVZ) :
		      bench_chosen(SWITCH_BC_FORK_STRICT, what ? BC_STRICT_BARRIER : BC_STRICT_LIMIT));
		bench_map(A, VMA_MMAP, PRIVATE, 8);
		bench_map(A, VMA_MMAP, PRIVATE | VMA_LOCKED, 2);
		bench_map(A, VMA_MMAP, TEXT, 5);
		assert_int_equal(bench_locked(1), 2);
		bench_limit(1, PRIVVM, 15, 20);
		bench_new_mm(5, 1);
		assert_int_equal(bench_map(5, VMA_FORK, PRIVATE | VMA_LOCKED, 2), DONE);
		assert_int_equal(bench_map(5, VMA_FORK, TEXT, 5), DONE);
		assert_int_equal(bench_map(5, VMA_FORK, PRIVATE, 8), is_refused ? PRIVVM : DONE);
		assert_int_equal(bench_held(1), is_refused ? 12 : 20);
		assert_int_equal(bench_locked(1), 2);
		bench_assert_whole();
		bench_gone(5);
		assert_int_equal(bench_held(1), 10);
		assert_int_equal(bench_locked(1), 2);
		bench_gone(A);
		assert_int_equal(bench_held(1), 0);
		assert_int_equal(bench_locked(1), 0);
		bench_end();
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

		bench_begin(bench_intended());
		bench_map(A, VMA_MMAP, PRIVATE, 10);
		bench_limit(1, PRIVVM, 10, 12);
		assert_int_equal(bench_map(A, calls[i].why, PRIVATE, 2), calls[i].is_barrier ? PRIVVM : DONE);
		assert_int_equal(bench_map(A, calls[i].why, PRIVATE, 3), PRIVVM);
		assert_int_equal(bc->class->denial(&op, PRIVVM), calls[i].error);
		assert_int_equal(bc->class->denial(&op, LOCKED), calls[i].error);
		assert_string_equal(mem_op_call(&op), calls[i].call);
		bench_end();
	}
	bench_begin(bench_intended());
	bench_map(A, VMA_MMAP, VMA_LOCKED, 10);
	bench_limit(1, LOCKED, 10, 12);
	assert_int_equal(bench_change(A, 0, VMA_LOCKED, 2, 0), LOCKED);
	assert_int_equal(bench_shm_lock(1, OP_SHM_LOCK, 2), LOCKED);
	assert_int_equal(bench_move(A, VMA_LOCKED, 5, 6, false), LOCKED);
	bench_end();
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
		bench_begin(bench_intended());
		assert_int_equal(bench_map(A, VMA_MMAP, cases[i].vma, 3), DONE);
		assert_int_equal(bench_held(1), cases[i].is_private ? 3 : 0);
		assert_int_equal(bench_locked(1), 0);
		assert_int_equal(bench_map(A, VMA_MMAP, cases[i].vma | VMA_LOCKED, 4), DONE);
		assert_int_equal(bench_locked(1), 4);
		bench_unmap(A, cases[i].vma, 3);
		assert_int_equal(bench_held(1), cases[i].is_private ? 4 : 0);
		bench_gone(A);
		assert_int_equal(bench_held(1), 0);
		assert_int_equal(bench_locked(1), 0);
		bench_end();
	}
}

/* mprotect and munlock back and forth; a partial munmap credits its part by its own flags. */
static void changes(void **state)
{
	(void)state;
	bench_begin(bench_intended());
	bench_map(A, VMA_MMAP, PRIVATE, 10);
	assert_int_equal(bench_change(A, PRIVATE, 0, 4, 0), DONE);
	assert_int_equal(bench_held(1), 6);
	assert_int_equal(bench_change(A, 0, PRIVATE, 1, 0), DONE);
	assert_int_equal(bench_held(1), 7);
	assert_int_equal(bench_change(A, PRIVATE, PRIVATE | VMA_LOCKED, 7, 0), DONE);
	assert_int_equal(bench_change(A, PRIVATE | VMA_LOCKED, PRIVATE, 3, 0), DONE);
	assert_int_equal(bench_held(1), 7);
	assert_int_equal(bench_locked(1), 4);
	bench_unmap(A, PRIVATE | VMA_LOCKED, 2);
	bench_unmap(A, 0, 3);
	assert_int_equal(bench_held(1), 5);
	assert_int_equal(bench_locked(1), 2);
	bench_end();
}

/* A VMA older than the recording: what goes is no more than what this mm is known to have. */
static void older_than_the_recording(void **state)
{
	(void)state;
	bench_begin(bench_intended());
	bench_map(C, VMA_MMAP, PRIVATE, 50);
	bench_unmap(A, PRIVATE, 30);
	assert_int_equal(bench_held(1), 50);
	bench_map(A, VMA_MMAP, PRIVATE, 5);
	bench_unmap(A, PRIVATE, 30);
	assert_int_equal(bench_held(1), 50);
	bench_move(A, PRIVATE, 30, 10, false);
	assert_int_equal(bench_held(1), 50);
	bench_map(C, VMA_MMAP, VMA_LOCKED, 5);
	bench_unmap(A, VMA_LOCKED, 3);
	assert_int_equal(bench_locked(1), 5);
	bench_assert_whole();
	assert_null(bc->anomaly.text);
	/* An mm that was never seen to begin belongs where it is first seen. */
	bench_container_of[7] = 2;
	bench_map(7, VMA_BRK, PRIVATE, 3);
	bench_container_of[7] = 1;
	assert_int_equal(bench_held(2), 3);
	bench_end();
}

/* 3.8: a move changes nothing of the mm; the new mm of an exec is in the new container. */
static void moved_tasks(void **state)
{
	struct mem_op op = { .kind = OP_VMA_MAP, .mm = A, .container = 2, .vma = PRIVATE, .pages = 3 };
	struct refusal refusal;

	(void)state;
	bench_begin(bench_intended());
	bench_map(A, VMA_MMAP, PRIVATE, 10);
	bench_apply((struct mem_op){ .kind = OP_MM_MOVE, .mm = A, .container = 2 });
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	bc->class->commit(bc, &op);
	assert_int_equal(bench_held(1), 13);
	assert_int_equal(bench_held(2), 0);
	bench_limit(1, PRIVVM, 13, 13);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_REFUSED);
	assert_int_equal(refusal.container, 1);
	bench_gone(A);
	bench_new_mm(A, 2);
	bench_map(A, VMA_MMAP, PRIVATE, 4);
	assert_int_equal(bench_held(1), 0);
	assert_int_equal(bench_held(2), 4);
	bench_end();
}

/* lockedpages goes first: over both, it is the one that refuses, and only it counts a failure. */
static void order_and_cancel(void **state)
{
	struct mem_op op = { .kind = OP_VMA_MAP, .mm = A, .container = 1, .vma = PRIVATE | VMA_LOCKED, .pages = 3 };
	struct refusal refusal;

	(void)state;
	bench_begin(bench_intended());
	bench_limit(1, PRIVVM, 2, 2);
	bench_limit(1, LOCKED, 2, 2);
	assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE | VMA_LOCKED, 3), LOCKED);
	assert_int_equal(bench_counters(1, PRIVVM)->failcnt, 0);
	assert_int_equal(bench_counters(1, LOCKED)->failcnt, 1);
	bench_limit(1, PRIVVM, 3, 3);
	bench_limit(1, LOCKED, 3, 3);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	assert_int_equal(bench_held(1), 3);
	bc->class->cancel(bc, &op);
	assert_int_equal(bench_held(1), 0);
	assert_int_equal(bench_locked(1), 0);
	assert_int_equal(bench_counters(1, PRIVVM)->maxheld, 3);
	bc->class->reset_counters(bc);
	assert_int_equal(bench_counters(1, PRIVVM)->maxheld, 0);
	assert_int_equal(bench_counters(1, LOCKED)->failcnt, 0);
	assert_int_equal(bench_counters(1, LOCKED)->limit, 3);
	assert_true(bench_counters(77, LOCKED)->limit == PAGES_UNLIMITED);
	bench_end();
}

/* All that production does right, whatever the rules say: everything posted, nothing wrong. */
static void openvz_is_right(void **state)
{
	struct rules rules;

	(void)state;
	rules_init(&rules, true);
	rules.chosen[SWITCH_BC_VARIANT] = BC_OPENVZ;
	bench_begin(rules);
	bench_map(A, VMA_MMAP, VMA_LOCKED, 6);
	bench_limit(1, PRIVVM, 10, 10);
	assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 11), PRIVVM);			/* D19 */
	assert_int_equal(bench_locked(1), 6);							/* D17 */
	assert_int_equal(bench_change(A, VMA_LOCKED, VMA_LOCKED | VMA_WRITE, 11, 0), PRIVVM);	/* D18 */
	bench_shm_lock(1, OP_SHM_LOCK, 5000);
	assert_int_equal(bench_locked(1), 5006);						/* D21 */
	bench_map(A, VMA_MMAP, PRIVATE, 2);
	bench_move(A, PRIVATE, 2, 3, true);
	assert_int_equal(bench_held(1), 3);							/* D22 */
	bench_drive(A, TEXT, TEXT | VMA_WRITE, 4);
	assert_int_equal(bench_held(1), 7);							/* D23 */
	assert_null(bc->anomaly.text);
	bench_end();
}

/* check() must see what it is for: each invariant broken from outside. */
static void check_sees(void **state)
{
	struct mem_op op = { .kind = OP_VMA_MAP, .mm = A, .container = 1, .vma = PRIVATE, .pages = 3 };
	struct model_counters *seen;
	struct refusal refusal;

	(void)state;
	bench_begin(bench_intended());
	bc->class->commit(bc, &op);		/* never prepared */
	assert_memory_equal(bc->class->check(bc, BENCH_PAGES), "B1", 2);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	assert_null(bc->class->check(bc, BENCH_PAGES));
	op.vma = VMA_LOCKED;
	bc->class->commit(bc, &op);
	assert_memory_equal(bc->class->check(bc, BENCH_PAGES), "B2", 2);
	assert_int_equal(bc->class->prepare(bc, &op, &refusal), VERDICT_APPLIED);
	assert_null(bc->class->check(bc, BENCH_PAGES));
	bench_end();

	bench_begin(bench_intended());
	bench_map(A, VMA_MMAP, PRIVATE, 3);
	bench_limit(1, PRIVVM, 5, 5);
	bench_assert_whole();
	seen = (struct model_counters *)bench_counters(1, PRIVVM);
	seen->maxheld = 2;
	assert_memory_equal(bc->class->check(bc, BENCH_PAGES), "B3", 2);
	seen->held = seen->maxheld = seen->transient = 6;
	assert_memory_equal(bc->class->check(bc, BENCH_PAGES), "B7", 2);
	seen->held = 3;
	bench_end();

	bench_begin(bench_chosen(SWITCH_BC_RSS, SWITCH_ON));
	bench_touch(A, 1, TEXT, WHY_FILE, PAGE_FILE);
	record_clear(&bench_rows, 1);
	assert_memory_equal(bc->class->check(bc, BENCH_PAGES), "B5", 2);
	bench_touch(A, 1, TEXT, WHY_FILE, PAGE_FILE);
	record_clear(&bench_rows, 1);
	bc->class->destroy(bc);
	records_release(&bench_rows);
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
		cmocka_unit_test(openvz_is_right),
		cmocka_unit_test(check_sees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

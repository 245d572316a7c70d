// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random streams of operations over a few containers, mms and pages: after every
 * one, beancounters say what slow books say (bc_books.h), which where no rule is
 * posted are added up anew every time (B1, B2, B5).
 *
 * A stream that fails is made shorter while it fails, then printed.
 *
 *	accounting_bc_random [first seed [streams]]
 */
#include "tests/unit/bc_books.h"
#include "tests/unit/random.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR_OPS 100

static uint64_t first_seed = 1, nr_streams = 20000;

/* What the streams reached, so that the test is known to test. */
static struct { uint64_t refused, anomalies, forks, denied_forks, moves, migrations, split; } reached;

/* One operation as drawn: what it means depends on what there is. */
struct draw { uint32_t what, mm, vpn, length, flags, other; };

/* --- the model beside the books --- */

/* Gives an operation to the model, which must end as the books did. */
static void tell(struct books *b, struct mem_op op, int expected)
{
	struct refusal refusal = { .resource = 9 };
	int got = -1;

	if (!op.container)
		op.container = b->mms[op.mm].container;
	if (b->model->class->prepare(b->model, &op, &refusal) == VERDICT_REFUSED)
		got = (int)refusal.resource;
	else
		b->model->class->commit(b->model, &op);
	reached.refused += got >= 0;
	reached.anomalies += b->model->anomaly.text != NULL;
	b->model->anomaly.text = NULL;
	if (got != expected)
		b->broken = "verdicts differ";
}

/* Shmem pages: no shares. */
static enum page_kind kind_of(uint32_t page)
{
	return page % 5 ? PAGE_ANON : PAGE_SHMEM;
}

static void enter(struct books *b, uint32_t m, uint32_t vpn, uint32_t page, enum op_why why)
{
	struct mm_book *mm = &b->mms[m];
	bool is_lost = why == WHY_MIGRATE && books_rule(b, D25_MIGRATE_DELETES);

	mm->page[vpn] = page;
	if (books_has_rss(b) && !is_lost) {
		if (vma_is_private(mm->vma[vpn]) && mm->resident < mm_book_pages(mm, vma_is_private)) {
			mm->resident++;
			books_uncharge(b, mm->container, PRIVVM, 1);
		}
		if (kind_of(page) != PAGE_SHMEM)
			books_share(b, page, mm->container);
	}
	tell(b, (struct mem_op){ .kind = OP_MAP, .why = (uint8_t)why, .mm = m, .page = page, .vma = mm->vma[vpn],
				 .page_kind = (uint8_t)kind_of(page) }, -1);
}

static void leave(struct books *b, uint32_t m, uint32_t vpn, enum op_why why)
{
	struct mm_book *mm = &b->mms[m];
	uint32_t page = mm->page[vpn];

	if (!page)
		return;
	mm->page[vpn] = 0;
	if (books_has_rss(b) && (kind_of(page) == PAGE_SHMEM || books_unshare(b, page, mm->container)) &&
	    vma_is_private(mm->vma[vpn]) && mm->resident) {
		mm->resident--;
		b->unused[mm->container]++;
		books_note(b, mm->container);
	}
	tell(b, (struct mem_op){ .kind = OP_UNMAP, .why = (uint8_t)why, .mm = m, .page = page, .vma = mm->vma[vpn],
				 .page_kind = (uint8_t)kind_of(page) }, -1);
}

static void zap(struct books *b, uint32_t m, uint32_t from, uint32_t length, bool is_told)
{
	struct mm_book *mm = &b->mms[m];
	uint8_t vma = mm->vma[from];

	for (uint32_t i = from; i < from + length; i++)
		leave(b, m, i, WHY_ZAP);
	books_take(b, mm, from, length);
	if (!is_told)
		return;
	tell(b, (struct mem_op){ .kind = OP_VMA_UNMAP, .mm = m, .vma = vma, .pages = length }, -1);
}

/* Length of the run of one VMA's flags at from, at most `most`; 0 = nothing is mapped there. */
static uint32_t run_at(const struct mm_book *mm, uint32_t from, uint32_t most)
{
	uint32_t n = 0;

	if (mm->vma[from] == NO_VMA)
		return 0;
	while (n < most && from + n < NR_VPNS && mm->vma[from + n] == mm->vma[from])
		n++;
	return n;
}

static bool is_free(const struct mm_book *mm, uint32_t from, uint32_t length)
{
	for (uint32_t i = from; i < from + length; i++)
		if (i >= NR_VPNS || mm->vma[i] != NO_VMA)
			return false;
	return true;
}

static void do_map(struct books *b, const struct draw *d)
{
	static const uint8_t flags[] = { VMA_WRITE, VMA_WRITE, VMA_WRITE | VMA_FILE, VMA_FILE, 0,
					 VMA_WRITE | VMA_LOCKED, VMA_LOCKED, VMA_WRITE | VMA_SHARED | VMA_FILE,
					 VMA_WRITE | VMA_SHARED | VMA_SHM_ANON, VMA_SHARED | VMA_SHM_ANON,
					 VMA_WRITE | VMA_EXECPRIO };
	static const enum vma_why whys[] = { VMA_MMAP, VMA_MMAP, VMA_MMAP, VMA_BRK, VMA_STACK, VMA_INSERT, VMA_ELF,
					     VMA_ELF_BRK };
	struct mm_book *mm = &b->mms[d->mm];
	uint8_t vma = flags[d->flags % NR_OF(flags)];
	enum vma_why why = whys[d->other % NR_OF(whys)];
	bool is_transient = vma & VMA_SHM_ANON && vma & VMA_WRITE && why == VMA_MMAP && books_rule(b, D27_SHM_ANON_TRANSIENT);
	bool is_at_limit = why != VMA_MMAP && why != VMA_BRK;
	int refused;

	if (!is_free(mm, d->vpn, d->length))
		return;
	if (vma & VMA_EXECPRIO && books_rule(b, D24_EXECPRIO_FROM_USER))
		is_at_limit = true;
	refused = books_memory(b, mm->container, vma_is_private(vma) || is_transient ? d->length : 0,
			      vma_is_locked(vma) ? d->length : 0, is_at_limit);
	if (refused < 0) {
		memset(mm->vma + d->vpn, vma, d->length);
		if (is_transient)
			books_uncharge(b, mm->container, PRIVVM, d->length);
	}
	tell(b, (struct mem_op){ .kind = OP_VMA_MAP, .why = (uint8_t)why, .mm = d->mm, .vma = vma, .pages = d->length },
	     refused);
}

static uint64_t resident_in(const struct mm_book *mm, uint32_t from, uint32_t length)
{
	uint64_t nr = 0;

	for (uint32_t i = from; i < from + length; i++)
		nr += mm->page[i] != 0;
	return nr;
}

/* mprotect, mlock, munlock or a driver. */
static void do_change(struct books *b, const struct draw *d)
{
	struct mm_book *mm = &b->mms[d->mm];
	uint32_t length = run_at(mm, d->vpn, d->length), c = mm->container;
	uint8_t from = mm->vma[d->vpn], to = from ^ (d->flags % 2 ? VMA_WRITE : VMA_LOCKED);
	bool is_driver = d->flags % 8 > 5, is_openvz = b->rules.chosen[SWITCH_BC_VARIANT] == BC_OPENVZ;
	uint64_t resident = resident_in(mm, d->vpn, length);
	uint64_t counted = books_has_rss(b) ? length - resident : length;
	bool is_charged, is_kept = false;
	int refused = -1;

	if (!length)
		return;
	if (is_driver && resident)
		return;		/* within mmap nothing is resident yet */
	is_charged = !is_driver || !books_rule(b, D23_DRIVER_FLAGS);
	if (is_charged && vma_is_locked(to) && !vma_is_locked(from) && !books_charge(b, c, LOCKED, length, is_driver && from & VMA_EXECPRIO &&
								  books_rule(b, D24_EXECPRIO_FROM_USER)))
		refused = LOCKED;
	if (is_charged && vma_is_private(to) && !vma_is_private(from)) {
		bool is_at_limit = is_openvz || b->rules.chosen[SWITCH_BC_MPROTECT_STRICT] == BC_STRICT_LIMIT;

		if (is_driver)
			is_at_limit = from & VMA_EXECPRIO && books_rule(b, D24_EXECPRIO_FROM_USER);
		if (!books_charge(b, c, PRIVVM, counted, is_at_limit)) {
			is_kept = !is_driver && books_rule(b, D18_RESULT_LOST);
			refused = is_kept ? -1 : PRIVVM;
			if (is_driver && books_rule(b, D17_LOCKED_LEAK))
				books_uncharge(b, c, LOCKED, counted);
		}
	}
	if (refused < 0) {
		if (is_charged && vma_is_locked(from) && !vma_is_locked(to))
			books_uncharge(b, c, LOCKED, length);
		if (books_has_rss(b) && vma_is_private(to) && !vma_is_private(from))
			mm->resident += (int64_t)resident;
		if (vma_is_private(from) && !vma_is_private(to)) {
			int64_t all = mm_book_pages(mm, vma_is_private), r = books_has_rss(b) ? (int64_t)resident : 0;

			mm->resident -= r < mm->resident ? r : mm->resident;
			if (is_charged && (int64_t)counted > all - r - mm->resident) {
				int64_t unused = all - r - mm->resident;

				mm->resident -= (int64_t)counted - unused;
				books_uncharge(b, c, PRIVVM, (uint64_t)unused);
			} else if (is_charged) {
				books_uncharge(b, c, PRIVVM, counted);
			}
		}
		memset(mm->vma + d->vpn, to, length);
	}
	tell(b, (struct mem_op){ .kind = OP_VMA_CHANGE, .why = is_driver ? VMA_DRIVER : VMA_MMAP, .mm = d->mm,
				 .old_vma = from, .vma = to, .pages = length, .resident = resident }, refused);
}

/* mremap of a whole run, whose entries move along. */
static void do_move(struct books *b, const struct draw *d)
{
	struct mm_book *mm = &b->mms[d->mm];
	uint32_t old = run_at(mm, d->vpn, d->length), new = 1 + d->flags % 9, to = d->vpn, c = mm->container;
	uint8_t vma = mm->vma[d->vpn];
	bool is_moved = d->other % 2;
	uint32_t grows = new > old ? new - old : 0, charged = grows;
	int refused;

	if (!old)
		return;
	if (is_moved)
		for (to = d->other % NR_VPNS; to < NR_VPNS && !is_free(mm, to, new); to++)
			;
	if (to == NR_VPNS || (!is_moved && grows && !is_free(mm, to + old, grows)))
		return;
	if (new < old) {
		/* The tail goes first: by itself when the rest moves. */
		if (is_moved) {
			zap(b, d->mm, d->vpn + new, old - new, true);
			old = new;
		} else {
			zap(b, d->mm, d->vpn + new, old - new, false);
		}
	}
	if (is_moved && !books_rule(b, D22_MOVE_UNCHARGED))
		charged = new;
	refused = books_memory(b, c, vma_is_private(vma) ? charged : 0, vma_is_locked(vma) ? charged : 0, false);
	if (refused < 0 && is_moved) {
		uint32_t pages[NR_VPNS];

		reached.moves++;
		if (vma_is_private(vma))
			books_uncharge(b, c, PRIVVM, old);
		if (vma_is_locked(vma))
			books_uncharge(b, c, LOCKED, old);
		memcpy(pages, mm->page + d->vpn, old * sizeof(*pages));
		memset(mm->page + d->vpn, 0, old * sizeof(*pages));
		memset(mm->vma + d->vpn, NO_VMA, old);
		memset(mm->vma + to, vma, new);
		memcpy(mm->page + to, pages, old * sizeof(*pages));
	} else if (refused < 0 && grows) {
		memset(mm->vma + d->vpn + old, vma, grows);
	}
	tell(b, (struct mem_op){ .kind = OP_VMA_MOVE, .mm = d->mm, .vma = vma, .old_pages = old, .pages = new,
				 .vpn = d->vpn, .to_vpn = to }, refused);
}

static void end_mm(struct books *b, uint32_t m, bool is_told)
{
	struct mm_book *mm = &b->mms[m];

	for (uint32_t i = 0; i < NR_VPNS && !is_told; i++)
		leave(b, m, i, WHY_EXIT);
	for (uint32_t i = 0; i < NR_VPNS; ) {
		uint32_t length = run_at(mm, i, NR_VPNS);

		if (length)
			zap(b, m, i, length, is_told);
		i += length ? length : 1;
	}
	mm->resident = 0;
	mm->is_alive = false;
	tell(b, (struct mem_op){ .kind = OP_MM_GONE, .mm = m }, -1);
}

static void begin_mm(struct books *b, uint32_t m, uint32_t container)
{
	struct mm_book *mm = &b->mms[m];

	*mm = (struct mm_book){ .is_alive = true, .container = container };
	memset(mm->vma, NO_VMA, sizeof(mm->vma));
	tell(b, (struct mem_op){ .kind = OP_MM_NEW, .mm = m }, -1);
}

static void do_fork(struct books *b, const struct draw *d)
{
	const struct mm_book *parent = &b->mms[d->mm];
	uint32_t m = d->other % NR_MMS, c = d->flags % NR_CONTAINERS;
	bool is_at_limit = b->rules.chosen[SWITCH_BC_FORK_STRICT] == BC_STRICT_LIMIT &&
			   b->rules.chosen[SWITCH_BC_VARIANT] != BC_OPENVZ;

	if (m == d->mm)
		return;
	if (b->mms[m].is_alive)
		end_mm(b, m, true);
	begin_mm(b, m, c);
	reached.forks++;
	for (uint32_t i = 0; i < NR_VPNS; ) {
		uint32_t length = run_at(parent, i, NR_VPNS);
		uint8_t vma = parent->vma[i], copied = vma & ~VMA_LOCKED;
		int refused;

		if (!length) {
			i++;
			continue;
		}
		refused = books_memory(b, c, vma_is_private(vma) ? length : 0, 0, is_at_limit);
		if (refused < 0)
			memset(b->mms[m].vma + i, copied, length);
		tell(b, (struct mem_op){ .kind = OP_VMA_MAP, .why = VMA_FORK, .mm = m, .vma = vma, .pages = length },
		     refused);
		if (refused >= 0) {
			reached.denied_forks++;
			end_mm(b, m, false);
			return;
		}
		i += length;
	}
	for (uint32_t i = 0; i < NR_VPNS; i++)
		if (parent->page[i])
			enter(b, m, i, parent->page[i], WHY_FORK);
}

static void do_migrate(struct books *b, uint32_t page)
{
	uint32_t m[NR_MMS * NR_VPNS], vpns[NR_MMS * NR_VPNS], nr = 0;

	for (uint32_t i = 0; i < NR_MMS; i++) {
		for (uint32_t v = 0; v < NR_VPNS && b->mms[i].is_alive; v++) {
			if (b->mms[i].page[v] != page)
				continue;
			m[nr] = i;
			vpns[nr++] = v;
			leave(b, i, v, WHY_MIGRATE);
		}
	}
	reached.migrations += nr > 0;
	while (nr--)
		enter(b, m[nr], vpns[nr], page, WHY_MIGRATE);
}

static void do_shm(struct books *b, const struct draw *d)
{
	uint32_t c = d->flags % NR_CONTAINERS, slot = d->other % NR_LOCKS;
	uint64_t pages = d->flags % 3 ? d->length : 4096 * d->length + d->vpn;
	uint64_t *held = &b->locks[slot].pages;
	int refused = -1;

	if (*held) {
		c = b->locks[slot].container;
		books_uncharge(b, c, LOCKED, books_rule(b, D21_SHM_LOCK_SHIFT) ? *held >> 12 : *held);
		pages = *held;
		*held = 0;
		/* Container 0 is never told: see tell(). */
		tell(b, (struct mem_op){ .kind = OP_SHM_UNLOCK, .container = c, .pages = pages }, -1);
		return;
	}
	if (!c)
		return;
	if (!books_charge(b, c, LOCKED, books_rule(b, D21_SHM_LOCK_SHIFT) ? pages >> 12 : pages, false))
		refused = LOCKED;
	else
		b->locks[slot].container = c, *held = pages;
	tell(b, (struct mem_op){ .kind = OP_SHM_LOCK, .container = c, .pages = pages }, refused);
}

static void do_limit(struct books *b, const struct draw *d)
{
	uint32_t c = d->mm % NR_CONTAINERS, r = d->other % 2;
	uint64_t barrier = d->flags % 4 ? d->flags % 25 : PAGES_UNLIMITED;
	uint64_t limit = barrier == PAGES_UNLIMITED ? barrier : barrier + d->length - (d->vpn % 8 ? 0 : d->length);

	b->counters[c][r].barrier = barrier;
	b->counters[c][r].limit = limit;
	b->model->class->set_limit(b->model, r, c, barrier, limit);
}

static void do_reset(struct books *b)
{
	for (uint32_t c = 0; c < NR_CONTAINERS; c++) {
		for (int r = 0; r < 2; r++) {
			b->counters[c][r].maxheld = b->counters[c][r].held;
			b->counters[c][r].failcnt = 0;
		}
	}
	b->model->class->reset_counters(b->model);
}

/* The first address from vpn on, round, that is mapped (or that maps a page); vpn if there is none. */
static uint32_t find(const struct mm_book *mm, uint32_t vpn, bool is_page)
{
	for (uint32_t i = 0; i < NR_VPNS; i++) {
		uint32_t at = (vpn + i) % NR_VPNS;

		if (is_page ? mm->page[at] : mm->vma[at] != NO_VMA)
			return at;
	}
	return vpn;
}

static void do_op(struct books *b, const struct draw *drawn)
{
	struct mm_book *mm = &b->mms[drawn->mm];
	struct draw there = *drawn, *d = &there;
	uint32_t length;

	if (d->what >= 18 && d->what < 82)
		there.vpn = find(mm, d->vpn, d->what >= 72);
	if (d->what >= 82) {
		if (d->what < 94)
			do_limit(b, d);
		else if (d->what < 97)
			do_shm(b, d);
		else if (d->what < 99)
			do_migrate(b, 1 + d->other % (NR_PAGES - 1));
		else
			do_reset(b);
	} else if (!mm->is_alive) {
		begin_mm(b, d->mm, d->flags % NR_CONTAINERS);
	} else if (d->what < 18) {
		do_map(b, d);
	} else if (d->what < 23) {
		length = run_at(mm, d->vpn, d->length);
		if (length)
			zap(b, d->mm, d->vpn, length, true);
	} else if (d->what < 34) {
		do_change(b, d);
	} else if (d->what < 42) {
		do_move(b, d);
	} else if (d->what < 50) {
		do_fork(b, d);
	} else if (d->what < 52) {
		end_mm(b, d->mm, d->flags % 2);
	} else if (d->what < 53) {
		tell(b, (struct mem_op){ .kind = OP_MM_MOVE, .mm = d->mm, .container = 3 }, -1);
	} else if (d->what < 72) {
		if (mm->vma[d->vpn] != NO_VMA && !mm->page[d->vpn])
			enter(b, d->mm, d->vpn, 1 + d->other % (NR_PAGES - 1), WHY_ANON);
	} else {
		leave(b, d->mm, d->vpn, WHY_RECLAIM);
	}
}

/* --- comparing --- */

static const char *compare(struct books *b)
{
	const char *broken = b->broken ? b->broken : b->model->class->check(b->model, NR_PAGES);

	for (uint32_t c = 0; c < NR_CONTAINERS && !broken; c++) {
		uint64_t unused = 0, locked = 0;

		for (uint32_t r = 0; r < 2; r++) {
			const struct model_counters *counters = b->model->class->counters(b->model, r, c);
			const struct counter_book *book = &b->counters[c][r];

			if (counters->held != book->held)
				return "held differs";
			if (counters->failcnt != book->failcnt)
				return "failcnt differs";
			if (counters->maxheld != book->maxheld)
				return "maxheld differs";
		}
		if (b->rules.posted)
			continue;
		for (uint32_t m = 0; m < NR_MMS; m++) {
			const struct mm_book *mm = &b->mms[m];

			for (uint32_t i = 0; i < NR_VPNS && mm->is_alive && mm->container == c; i++) {
				unused += vma_is_private(mm->vma[i]) && !(books_has_rss(b) && mm->page[i]);
				locked += vma_is_locked(mm->vma[i]);
			}
		}
		for (uint32_t i = 0; i < NR_LOCKS; i++)
			locked += b->locks[i].container == c ? b->locks[i].pages : 0;
		if (b->counters[c][PRIVVM].held != unused + books_shares(b, c) / WEIGHT)
			return "B1: held is not what VMAs and pages say";
		if (b->counters[c][LOCKED].held != locked)
			return "B2: held is not what is locked";
	}
	return broken;
}

static struct rules random_rules(uint64_t *rng)
{
	static const enum rule rules[] = {
		D17_LOCKED_LEAK, D18_RESULT_LOST, D19_OLD_VALUE, D20_MINHELD_ZERO, D21_SHM_LOCK_SHIFT,
		D22_MOVE_UNCHARGED, D23_DRIVER_FLAGS, D24_EXECPRIO_FROM_USER, D25_MIGRATE_DELETES,
		D27_SHM_ANON_TRANSIENT,
	};
	uint64_t how = next_random(rng) % 4;
	struct rules result;

	rules_init(&result, how == 3);
	for (size_t i = 0; i < NR_OF(rules) && how == 2; i++)
		result.posted |= next_random(rng) % 2 ? RULE_BIT(rules[i]) : 0;
	result.chosen[SWITCH_BC_VARIANT] = next_random(rng) % 4 == 0;
	result.chosen[SWITCH_BC_RSS] = next_random(rng) % 2;
	result.chosen[SWITCH_BC_MPROTECT_STRICT] = next_random(rng) % 2;
	result.chosen[SWITCH_BC_FORK_STRICT] = next_random(rng) % 2;
	return result;
}

/* Returns what failed and, in *at, after which operation; or NULL. */
static const char *run(const struct rules *rules, const struct draw *draws, size_t nr, size_t *at)
{
	static struct books b;
	struct model_config config = { .pages = &b.rows, .rules = *rules };
	const char *broken = NULL;

	memset(&b, 0, sizeof(b));
	b.rules = *rules;
	records_init(&b.rows, 8);
	records_reserve(&b.rows, NR_PAGES - 1);
	b.model = model_by_name("ubc")->create(&config);
	for (uint32_t c = 0; c < NR_CONTAINERS * 2; c++)
		b.counters[c / 2][c % 2].barrier = b.counters[c / 2][c % 2].limit = PAGES_UNLIMITED;
	for (size_t i = 0; i < nr && !broken; i++) {
		do_op(&b, &draws[i]);
		broken = compare(&b);
		*at = i;
	}
	reached.split += b.nr_split;
	b.model->class->destroy(b.model);
	records_release(&b.rows);
	return broken;
}

/* Takes away every operation without which it still fails. */
static size_t shrink(const struct rules *rules, struct draw *draws, size_t nr)
{
	bool is_shorter = true;
	size_t at;

	while (is_shorter) {
		is_shorter = false;
		for (size_t i = nr; i--; ) {
			struct draw less[NR_OPS];

			memcpy(less, draws, i * sizeof(*less));
			memcpy(less + i, draws + i + 1, (nr - i - 1) * sizeof(*less));
			if (!run(rules, less, nr - 1, &at))
				continue;
			nr = at + 1;
			memcpy(draws, less, nr * sizeof(*less));
			is_shorter = true;
			i = i < nr ? i : nr;
		}
	}
	return nr;
}

static void report(uint64_t seed, const struct rules *rules, struct draw *draws, size_t nr)
{
	const char *broken;
	size_t at;

	nr = shrink(rules, draws, nr);
	broken = run(rules, draws, nr, &at);
	print_error("seed %" PRIu64 ": %s\nposted %#" PRIx64 ", variant %d, rss %d, mprotect %d, fork %d\n", seed,
		    broken ? broken : "?", rules->posted, rules->chosen[SWITCH_BC_VARIANT],
		    rules->chosen[SWITCH_BC_RSS], rules->chosen[SWITCH_BC_MPROTECT_STRICT],
		    rules->chosen[SWITCH_BC_FORK_STRICT]);
	for (size_t i = 0; i < nr; i++)
		print_error("  what %u mm %u vpn %u length %u flags %u other %u\n", draws[i].what, draws[i].mm,
			    draws[i].vpn, draws[i].length, draws[i].flags, draws[i].other);
	fail();
}

static void streams(void **state)
{
	(void)state;
	for (uint64_t seed = first_seed; seed < first_seed + nr_streams; seed++) {
		uint64_t rng = seed * 1000003;
		struct rules rules = random_rules(&rng);
		struct draw draws[NR_OPS];
		size_t at;

		for (size_t i = 0; i < NR_OPS; i++)
			draws[i] = (struct draw){
				.what = (uint32_t)(next_random(&rng) % 100), .mm = (uint32_t)(next_random(&rng) % NR_MMS),
				.vpn = (uint32_t)(next_random(&rng) % NR_VPNS),
				.length = 1 + (uint32_t)(next_random(&rng) % 6),
				.flags = (uint32_t)(next_random(&rng) % 1000),
				.other = (uint32_t)(next_random(&rng) % 1000) };
		if (run(&rules, draws, NR_OPS, &at))
			report(seed, &rules, draws, at + 1);
	}
	print_message("refused %" PRIu64 ", anomalies %" PRIu64 ", forks %" PRIu64 " (denied %" PRIu64 "), moves %" PRIu64
		      ", migrations %" PRIu64 ", shares split %" PRIu64 "\n", reached.refused, reached.anomalies,
		      reached.forks, reached.denied_forks, reached.moves, reached.migrations, reached.split);
	if (nr_streams >= 1000)
		assert_true(reached.refused && reached.anomalies && reached.denied_forks && reached.moves &&
			    reached.migrations && reached.split);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(streams) };

	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		nr_streams = strtoull(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

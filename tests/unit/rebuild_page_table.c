// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables, VMAs and maps: the containers that facts stand on. */
#include "rebuild/page_table.h"

#include "base/map64.h"
#include "base/xalloc.h"
#include "rebuild/vma.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

static void map64_forgets_and_finds(void **state)
{
	struct map64 map = { 0 };
	uint32_t shadow[4096] = { 0 };
	uint32_t seed = 12345;

	(void)state;
	assert_int_equal(map64_get(&map, 7), 0);
	map64_remove(&map, 7);
	/* Against a plain array: sets, overwrites and removals in random order. */
	for (int i = 0; i < 200000; i++) {
		uint32_t key;

		seed = seed * 1664525 + 1013904223;
		key = seed >> 20;
		if (seed & 0x400) {
			map64_set(&map, (uint64_t)key << 32 | key, i + 1);
			shadow[key] = i + 1;
		} else {
			map64_remove(&map, (uint64_t)key << 32 | key);
			shadow[key] = 0;
		}
		seed ^= seed << 7;
	}
	for (uint64_t key = 0; key < 4096; key++)
		assert_int_equal(map64_get(&map, key << 32 | key), shadow[key]);
	map64_release(&map);
}

struct fixture {
	struct pages pages;
	struct leaf_pool pool;
	struct page_table table;
};

static void fixture_init(struct fixture *f)
{
	pages_init(&f->pages);
	leaf_pool_init(&f->pool);
	f->table = (struct page_table){ .mm = 1 };
}

static uint32_t set(struct fixture *f, uint64_t vpn, enum page_kind kind)
{
	uint32_t page = page_new(&f->pages, kind);

	pte_set(&f->pool, &f->pages, page_table_leaf(&f->table, &f->pool, vpn), vpn, page);
	return page;
}

static void counts_go_by_member(void **state)
{
	struct fixture f;
	uint64_t counts[MM_NR_MEMBERS];
	uint32_t page;

	(void)state;
	fixture_init(&f);
	for (uint64_t vpn = 1000; vpn < 1200; vpn++)
		set(&f, vpn, vpn % 2 ? PAGE_ANON : PAGE_FILE);
	set(&f, 5000, PAGE_SHMEM);
	page = set(&f, 60, PAGE_ANON);
	page_table_count(&f.table, 1000, 1200, counts);
	assert_int_equal(counts[MM_ANONPAGES], 100);
	assert_int_equal(counts[MM_FILEPAGES], 100);
	page_table_count(&f.table, 1001, 1002, counts);
	assert_int_equal(counts[MM_ANONPAGES], 1);
	assert_int_equal(counts[MM_FILEPAGES], 0);
	/* A range that ends and begins inside leaves, across an empty one. */
	page_table_count(&f.table, 1199, 5001, counts);
	assert_int_equal(counts[MM_ANONPAGES] + counts[MM_FILEPAGES] + counts[MM_SHMEMPAGES], 2);
	/* To swap: the entry counts there and no longer as anonymous. */
	pte_clear(&f.pool, &f.pages, page_table_find(&f.table, 60), 60);
	pte_set_swap(&f.pages, page_table_find(&f.table, 60), 60, page);
	page_table_count(&f.table, 0, UINT64_MAX, counts);
	assert_int_equal(counts[MM_SWAPENTS], 1);
	assert_int_equal(counts[MM_ANONPAGES], 100);
	assert_int_equal(page_at(&f.pages, page)->mapcount, 0);
	assert_int_equal(page_at(&f.pages, page)->swapcount, 1);
	page_table_drop(&f.table);
	pages_release(&f.pages);
	leaf_pool_release(&f.pool);
}

static void reverse_map_is_oldest_first(void **state)
{
	struct fixture f;
	uint32_t page, ref;

	(void)state;
	fixture_init(&f);
	page = page_new(&f.pages, PAGE_FILE);
	for (uint64_t vpn = 300; vpn > 0; vpn -= 100)
		pte_set(&f.pool, &f.pages, page_table_leaf(&f.table, &f.pool, vpn), vpn, page);
	assert_int_equal(page_at(&f.pages, page)->mapcount, 3);
	ref = page_at(&f.pages, page)->rmap;
	assert_int_equal(ref_vpn(&f.pool, ref), 300);
	/* The middle one goes: its neighbours find each other. */
	pte_clear(&f.pool, &f.pages, page_table_find(&f.table, 200), 200);
	assert_int_equal(ref_vpn(&f.pool, ref_pte(&f.pool, ref)->next), 100);
	assert_int_equal(ref_vpn(&f.pool, page_at(&f.pages, page)->rmap_last), 100);
	pte_clear(&f.pool, &f.pages, page_table_find(&f.table, 300), 300);
	pte_clear(&f.pool, &f.pages, page_table_find(&f.table, 100), 100);
	assert_int_equal(page_at(&f.pages, page)->rmap, 0);
	page_table_release(&f.table, &f.pool);
	pages_release(&f.pages);
	leaf_pool_release(&f.pool);
}

static void file_pages_have_one_identity(void **state)
{
	struct pages pages;
	uint32_t file, page;

	(void)state;
	pages_init(&pages);
	file = file_by_ino(&pages, 266338304, 0x3c53d);
	assert_int_equal(file, file_by_ino(&pages, 266338304, 0x3c53d));
	assert_int_not_equal(file, file_by_ino(&pages, 266338305, 0x3c53d));
	page = file_page(&pages, file, 100);
	assert_int_equal(page, file_page(&pages, file, 100));
	assert_int_not_equal(page, file_page(&pages, file, 101));
	page_set_pfn(&pages, page, 77);
	assert_int_equal(page_by_pfn(&pages, 77), page);
	page_free(&pages, page);
	assert_int_equal(page_by_pfn(&pages, 77), 0);
	pages_release(&pages);
}

/* begin-end of every VMA, as text. */
static void assert_vmas(const struct vmas *vmas, const char *expected)
{
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < vmas->nr; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%d-%d", used ? " " : "",
					 (int)vmas->all[i].begin, (int)vmas->all[i].end);
	assert_string_equal(text, expected);
}

static void vmas_split_merge_and_go(void **state)
{
	struct vmas vmas = { 0 };
	const struct vma anonymous = { .begin = 10, .end = 20, .fd = -1, .is_write = true };
	struct vma next = anonymous;

	(void)state;
	vma_add(&vmas, &anonymous);
	next.begin = 20;
	next.end = 30;
	vma_add(&vmas, &next);		/* the kernel holds the two as one */
	assert_vmas(&vmas, "10-30");
	assert_int_equal(vmas.pages, 20);
	vma_remove(&vmas, 14, 16);
	assert_vmas(&vmas, "10-14 16-30");
	assert_int_equal(vmas.pages, 18);
	assert_null(vma_find(&vmas, 15));
	assert_int_equal(vma_find(&vmas, 16)->begin, 16);
	vma_split(&vmas, 20);
	vma_find(&vmas, 20)->is_write = false;
	assert_vmas(&vmas, "10-14 16-20 20-30");
	vma_merge(&vmas, 16, 30);	/* not alike now */
	assert_vmas(&vmas, "10-14 16-20 20-30");
	vma_find(&vmas, 20)->is_write = true;
	vma_merge(&vmas, 16, 30);
	assert_vmas(&vmas, "10-14 16-30");
	vma_remove(&vmas, 0, 100);
	assert_vmas(&vmas, "");
	assert_int_equal(vmas.pages, 0);
	vmas_release(&vmas);
}

static void file_vmas_merge_by_index(void **state)
{
	struct vmas vmas = { 0 };
	struct vma a = { .begin = 10, .end = 20, .file = 3, .first_index = 5, .fd = 4, .is_file = true };
	struct vma b = a;

	(void)state;
	vma_add(&vmas, &a);
	b.begin = 20;
	b.end = 25;
	b.first_index = 16;		/* 15 would continue the first */
	vma_add(&vmas, &b);
	assert_vmas(&vmas, "10-20 20-25");
	vma_remove(&vmas, 20, 25);
	b.first_index = 15;
	vma_add(&vmas, &b);
	assert_vmas(&vmas, "10-25");
	vma_split(&vmas, 12);
	assert_int_equal(vma_find(&vmas, 12)->first_index, 7);
	vmas_release(&vmas);
}

/* What may be written to of inferred ranges: what writes were seen to span, all where both borders were seen; nothing of a stack. */
static void inferred_pages_are_counted(void **state)
{
	struct vmas vmas = { 0 }, child = { 0 };
	struct vma data = { .begin = 10, .end = 20, .fd = -1, .is_write = true, .is_inferred = true, .write_begin = 12, .write_end = 18 };
	struct vma stack = data;
	struct vma *vma;

	(void)state;
	stack.begin = 50;
	stack.end = 60;
	stack.is_stack = true;
	vma_add(&vmas, &stack);
	assert_int_equal(vmas.inferred_pages, 0);
	vma_add(&vmas, &data);
	assert_int_equal(vmas.inferred_pages, 6);	/* 12..17 */
	data.begin = 20;
	data.end = 30;
	data.write_begin = 28;
	data.write_end = 29;
	vma_add(&vmas, &data);		/* one with the other: 12..28 */
	assert_vmas(&vmas, "10-30 50-60");
	assert_int_equal(vmas.inferred_pages, 17);
	vma_split(&vmas, 15);		/* 12..14, 15..28: the latter begins where it does, but its end is a guess */
	assert_int_equal(vmas.inferred_pages, 17);
	vma_resize(&vmas, vma_find(&vmas, 15), 15, 40);
	assert_int_equal(vmas.inferred_pages, 17);
	vmas_fork(&child, &vmas);
	vma_remove(&vmas, 20, 25);	/* 12..14, 15..19, 25..28 */
	assert_vmas(&vmas, "10-15 15-20 25-40 50-60");
	assert_int_equal(vmas.inferred_pages, 3 + 5 + 4);
	vma = vma_find(&vmas, 15);
	vma_change_begin(&vmas, vma);
	vma->is_write = false;
	vma_change_end(&vmas, vma);
	assert_int_equal(vmas.inferred_pages, 3 + 4);
	vma_remove(&vmas, 0, 100);
	assert_int_equal(vmas.inferred_pages, 0);
	assert_int_equal(child.inferred_pages, 17);
	vmas_release(&vmas);
	vmas_release(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map64_forgets_and_finds),
		cmocka_unit_test(counts_go_by_member),
		cmocka_unit_test(reverse_map_is_oldest_first),
		cmocka_unit_test(file_pages_have_one_identity),
		cmocka_unit_test(vmas_split_merge_and_go),
		cmocka_unit_test(file_vmas_merge_by_index),
		cmocka_unit_test(inferred_pages_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uses that cause no fault: frames that lost the kernel's mark, here in files of the
 * test's own, and what replay makes of them.
 */
#include "recorder/evidence.h"

#include "base/snapshot_records.h"
#include "ops/op_sources.h"
#include "recorder/idle_pages.h"
#include "replay/replay.h"
#include "tests/unit/recorder_file.h"
#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FRAMES 2048
#define HEAD (UINT64_C(1) << 15)
#define TAIL (UINT64_C(1) << 16)
#define IDLE (UINT64_C(1) << 25)

/* A kernel of files: frames 0 to FRAMES - 1. */
struct kernel {
	struct folder root;
	char bitmap[128], flags[128];
};

static void set_flags(const struct kernel *kernel, uint64_t pfn, uint64_t flags)
{
	FILE *file = fopen(kernel->flags, "r+");

	assert_non_null(file);
	fseek(file, (long)(pfn * 8), SEEK_SET);
	fwrite(&flags, 8, 1, file);
	fclose(file);
}

static uint64_t word_of(const struct kernel *kernel, uint64_t word)
{
	FILE *file = fopen(kernel->bitmap, "r");
	uint64_t bits;

	assert_non_null(file);
	fseek(file, (long)(word * 8), SEEK_SET);
	assert_int_equal(fread(&bits, 8, 1, file), 1);
	fclose(file);
	return bits;
}

/* The page is touched: its mark is gone. */
static void use(const struct kernel *kernel, uint64_t pfn)
{
	const uint64_t bits = word_of(kernel, pfn / 64) & ~(UINT64_C(1) << pfn % 64);
	FILE *file = fopen(kernel->bitmap, "r+");

	fseek(file, (long)(pfn / 64 * 8), SEEK_SET);
	fwrite(&bits, 8, 1, file);
	fclose(file);
}

/* All frames are on the kernel's lists: marked when we say so. */
static void make(struct kernel *kernel)
{
	static const char *const folders[] = { "sys", "sys/kernel", "sys/kernel/mm", "sys/kernel/mm/page_idle", "proc" };
	static const uint64_t nothing[FRAMES];

	folder_make(&kernel->root);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(mkdir(folder_file(&kernel->root, folders[i]), 0700), 0);
	snprintf(kernel->bitmap, sizeof(kernel->bitmap), "%s", folder_file(&kernel->root, "sys/kernel/mm/page_idle/bitmap"));
	snprintf(kernel->flags, sizeof(kernel->flags), "%s", folder_file(&kernel->root, "proc/kpageflags"));
	file_write(kernel->bitmap, nothing, FRAMES / 8);
	file_write(kernel->flags, nothing, sizeof(nothing));
	for (uint64_t pfn = 0; pfn < FRAMES; pfn++)
		set_flags(kernel, pfn, IDLE);
}

static void remove_kernel(const struct kernel *kernel)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", kernel->root.path);
	assert_int_equal(system(command), 0);
}

static uint64_t look(struct idle_pages *idle, uint64_t first, uint64_t nr)
{
	uint64_t nr_used = 0;

	idle_pages_begin(idle);
	for (uint64_t pfn = first; pfn < first + nr; pfn++)
		nr_used += idle_pages_was_used(idle, pfn);
	idle_pages_end(idle);
	return nr_used;
}

static void tells_used_frames(void **state)
{
	struct kernel kernel;
	struct idle_pages *idle;
	struct error err;

	(void)state;
	make(&kernel);
	assert_int_equal(idle_pages_open(&idle, kernel.root.path, &err), RC_OK);
	/* The first look only marks: exactly the frames that were looked at. */
	assert_int_equal(look(idle, 100, 100), 0);
	assert_true(word_of(&kernel, 1) == ~UINT64_C(0) << 36);
	assert_true(word_of(&kernel, 3) == 0xff);
	assert_true(word_of(&kernel, 4) == 0);
	assert_int_equal(look(idle, 100, 100), 0);
	use(&kernel, 100);
	use(&kernel, 163);
	assert_int_equal(look(idle, 100, 100), 2);
	assert_int_equal(look(idle, 100, 100), 0);
	/* Mapped twice, told once. */
	use(&kernel, 150);
	idle_pages_begin(idle);
	assert_true(idle_pages_was_used(idle, 150));
	assert_false(idle_pages_was_used(idle, 150));
	idle_pages_end(idle);
	/* Not looked at the last time, so nobody knows; nor where the kernel took no mark. */
	assert_int_equal(look(idle, 100, 50), 0);
	set_flags(&kernel, 120, 0);
	look(idle, 100, 50);
	use(&kernel, 120);
	assert_int_equal(look(idle, 100, 50), 0);
	idle_pages_close(idle);
	remove_kernel(&kernel);
}

/* A folio of 512 frames from 1024 on has its mark at the first. */
static void folios_are_one(void **state)
{
	struct kernel kernel;
	struct idle_pages *idle;
	struct error err;

	(void)state;
	make(&kernel);
	for (uint64_t pfn = 1024; pfn < 1536; pfn++)
		set_flags(&kernel, pfn, pfn == 1024 ? HEAD | IDLE : TAIL);
	assert_int_equal(idle_pages_open(&idle, kernel.root.path, &err), RC_OK);
	/* Only its second half is mapped. */
	assert_int_equal(look(idle, 1280, 300), 0);
	assert_true(word_of(&kernel, 1024 / 64) == 1);
	assert_true(word_of(&kernel, 1280 / 64) == 0);
	assert_int_equal(look(idle, 1280, 300), 0);
	use(&kernel, 1024);
	use(&kernel, 1537);
	assert_int_equal(look(idle, 1280, 300), 256 + 1);
	assert_int_equal(look(idle, 1280, 300), 0);
	idle_pages_close(idle);
	remove_kernel(&kernel);
}

static void says_what_is_lacking(void **state)
{
	const struct evidence_class *idle = evidence_find("idle", 4);
	struct evidence_settings settings = { .class = idle, .root = "/nonexistent" };
	struct evidence *evidence;
	struct error err;

	(void)state;
	assert_null(evidence_find("idl", 3));
	assert_int_equal(evidence_open(&evidence, &settings, &err), RC_INPUT);
	assert_non_null(strstr(err.text, "CONFIG_IDLE_PAGE_TRACKING"));
	settings.class = NULL;
	assert_int_equal(evidence_open(&evidence, &settings, &err), RC_OK);
	assert_null(evidence);
	assert_false(evidence_begin(evidence));
	/* What only explains itself is never had. */
	settings.class = evidence_find("damon", 5);
	settings.root = "";
	assert_int_equal(evidence_open(&evidence, &settings, &err), RC_INPUT);
}

/* --- a process, all of it files --- */

/* Process 7: ten pages from 0x1000 on in frames from 100 on, one in swap behind them; and the kernel's own. */
static void make_process(struct kernel *kernel)
{
	static const char maps[] = "01000000-01010000 rw-p 00000000 00:00 0 \n"
				   "02000000-02001000 r-xp 00000000 00:00 0 [vdso]\n";
	const uint64_t there = UINT64_C(1) << 63, swapped = UINT64_C(1) << 62;
	uint64_t entries[0x2001] = { 0 };

	make(kernel);
	assert_int_equal(mkdir(folder_file(&kernel->root, "proc/7"), 0700), 0);
	file_write(folder_file(&kernel->root, "proc/7/maps"), maps, strlen(maps));
	for (uint64_t i = 0; i < 10; i++)
		entries[0x1000 + i] = there | (100 + i);
	entries[0x100a] = swapped | 104;
	entries[0x2000] = there | 300;
	file_write(folder_file(&kernel->root, "proc/7/pagemap"), entries, sizeof(entries));
	file_write(folder_file(&kernel->root, "proc/7/clear_refs"), "", 0);
}

static void count_pause(void *context)
{
	++*(unsigned int *)context;
}

static void look_at_seven(struct evidence *evidence, struct dat_file *file)
{
	struct error err;

	while (!evidence_begin(evidence))	/* a look waits for twenty times as long as the one before took */
		usleep(100);
	evidence_look(evidence, 7);
	evidence_look(evidence, 8);		/* there is none */
	assert_int_equal(evidence_end(evidence, file, &err), RC_OK);
}

static struct dat_file *begin_file(const char *path)
{
	return recorder_file_begin(path, 1, 1 << 20, &(struct recording_format){ "kmem", format_alloc });
}

/* The uses in a file, as "first page:pages"; the first look must not be told of, nor a time before it. */
static void expect_uses(const char *path, const char *wanted)
{
	struct event_source *source;
	const struct mm_event *event;
	char uses[128] = "";
	struct error err;

	assert_int_equal(event_source_open(&source, &path, 1, MM_ALL_KINDS, &err), RC_OK);
	while (!event_source_next(source, &event, &err)) {
		assert_int_equal(event->kind, MM_USED);
		assert_int_equal(event->tid, 7);
		assert_in_range(event->used.since_ns, 1, event->time_ns - 1);
		snprintf(uses + strlen(uses), sizeof(uses) - strlen(uses), "%lx:%u ", (unsigned long)event->used.vpn, event->used.nr);
	}
	assert_string_equal(uses, wanted);
	event_source_close(source);
}

/* From the marks to rows in the recording: runs of neighbours; not what is in swap, or of the kernel's own. */
static void idle_marks_become_rows(void **state)
{
	unsigned int nr_pauses = 0;
	struct evidence_settings settings = {
		.class = evidence_find("idle", 4), .pause = count_pause, .context = &nr_pauses };
	struct evidence_counts counts;
	struct evidence *evidence;
	struct kernel kernel;
	struct dat_file *file;
	char path[64];
	struct error err;

	(void)state;
	make_process(&kernel);
	settings.root = kernel.root.path;
	snprintf(path, sizeof(path), "%s/a.dat", kernel.root.path);
	file = begin_file(path);
	assert_int_equal(evidence_open(&evidence, &settings, &err), RC_OK);
	look_at_seven(evidence, file);
	use(&kernel, 102);
	use(&kernel, 103);
	use(&kernel, 105);
	use(&kernel, 300);
	look_at_seven(evidence, file);
	look_at_seven(evidence, file);
	counts = evidence_counts(evidence);
	assert_int_equal(counts.looks, 3);
	assert_int_equal(counts.processes, 3);
	assert_int_equal(counts.pages, 30);
	assert_int_equal(counts.used, 3);
	assert_true(nr_pauses);
	evidence_close(evidence);
	dat_file_add_option(file, DAT_CPUSTAT, "", 1);
	assert_int_equal(dat_file_close(file, &err), RC_OK);
	expect_uses(path, "1002:2 1005:1 ");
	remove_kernel(&kernel);
}

static const char *lack_of_nothing(const char *root)
{
	(void)root;
	return NULL;
}

/* A kernel that has it: each look write-protects the process anew (4 in clear_refs), and the faults tell. */
static void soft_dirty_is_cleared(void **state)
{
	struct evidence_class class = *evidence_find("soft-dirty", 10);
	unsigned int nr_pauses = 0;
	struct evidence_settings settings = { .class = &class, .pause = count_pause, .context = &nr_pauses };
	struct evidence *evidence;
	struct kernel kernel;
	struct error err;
	char *text;
	size_t nr;

	(void)state;
	make_process(&kernel);
	class.lack = lack_of_nothing;
	settings.root = kernel.root.path;
	assert_int_equal(evidence_open(&evidence, &settings, &err), RC_OK);
	look_at_seven(evidence, NULL);	/* nothing is written: a file is not asked for */
	assert_int_equal(evidence_counts(evidence).processes, 1);
	text = file_read(folder_file(&kernel.root, "proc/7/clear_refs"), &nr);
	assert_string_equal(text, "4");
	free(text);
	evidence_close(evidence);
	remove_kernel(&kernel);
}

/* What a replay under a limit of 64 pages came to. */
struct kept {
	struct sink base;
	int64_t refaulted, reclaimed, unknown;
};

static enum status keep(struct sink *sink, const struct row *row, struct error *err)
{
	struct kept *kept = (struct kept *)sink;

	(void)err;
	if (row->kind == ROW_OUTCOME && row->outcome.scenario == 1 && row->outcome.container == 1) {
		kept->refaulted = row->outcome.refaulted_pages;
		kept->reclaimed = row->outcome.reclaimed_pages;
	}
	if (row->kind == ROW_UNMATCHED && !strcmp(row->unmatched.unmatched, "use_of_unknown_entry"))
		kept->unknown = row->unmatched.pages;
	return RC_OK;
}

static const struct sink_class keep_class = { .name = "keep", .put = keep };

static void replay(const char *path, struct kept *kept)
{
	const struct model_class *const used[] = { model_by_name("cgroup2"), NULL };
	const struct scenario_limit at = { "*", "memory", PAGES_UNLIMITED, 64 };
	const struct scenario_spec spec = { "limited", &at, 1 };
	struct replay_options options = {
		.models = used, .scenarios = &spec, .nr_scenarios = 1, .end_ns = UINT64_MAX };
	struct replay_summary summary;
	struct op_source *source;
	struct error err = { "" };

	*kept = (struct kept){ .base.class = &keep_class };
	machine_default(&options.machine, UINT64_C(4) << 18);
	rules_init(&options.model_rules, false);
	assert_int_equal(op_source_open(&source, &path, 1, &err), RC_OK);
	assert_int_equal(replay_run(source, &options, &kept->base, &summary, &err), RC_OK);
	op_source_close(source);
}

/* A process of 100 anonymous pages; later a look finds nr from vpn on used. */
static void write_recording(const char *path, uint64_t vpn, uint32_t nr)
{
	struct dat_file *file = begin_file(path);
	struct dat_blob blob = { 0 };
	struct error err;

	dat_blob_add_u8(&blob, RECORD_TASK);
	dat_blob_add_u64(&blob, 1000);
	dat_blob_add_u64(&blob, 2000);
	dat_blob_add_u32(&blob, 7);
	dat_blob_add_u32(&blob, 7);
	dat_blob_add_u32(&blob, 1);
	dat_blob_add_u32(&blob, 4);
	dat_blob_add_u64(&blob, 77);
	dat_blob_add_u8(&blob, 0);
	dat_blob_add_text(&blob, "server");
	dat_blob_add_text(&blob, "/shop");
	dat_blob_add_u8(&blob, RECORD_RANGE);
	dat_blob_add_u64(&blob, 0x1000);
	dat_blob_add_u64(&blob, 0x1000 + 100);
	dat_blob_add_u64(&blob, 0);
	dat_blob_add_u64(&blob, 0);
	dat_blob_add_u32(&blob, 0);
	dat_blob_add_u8(&blob, MM_RANGE_READ | MM_RANGE_WRITE);
	dat_blob_add_u8(&blob, RECORD_PAGES);
	dat_blob_add_u64(&blob, 0x1000);
	dat_blob_add_u64(&blob, 0x55);
	dat_blob_add_u32(&blob, 100);
	dat_blob_add_u8(&blob, MM_FRAME_ANON);
	if (nr) {
		dat_blob_add_u8(&blob, RECORD_USED);
		dat_blob_add_u64(&blob, 1000000);
		dat_blob_add_u64(&blob, 500000);
		dat_blob_add_u32(&blob, 7);
		dat_blob_add_u64(&blob, vpn);
		dat_blob_add_u32(&blob, nr);
	}
	assert_int_equal(dat_file_add_section(file, DAT_SNAPSHOT, &blob, &err), RC_OK);
	dat_blob_release(&blob);
	dat_file_add_option(file, DAT_CPUSTAT, "", 1);
	assert_int_equal(dat_file_close(file, &err), RC_OK);
}

/*
 * Of 100 pages at most 64 fit: when the look's uses come, at least 36 are out, and
 * each of those that is used comes back. Without the look no use is seen.
 */
static void uses_are_replayed(void **state)
{
	struct folder folder;
	struct kept kept;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "a.dat");
	write_recording(path, 0, 0);
	replay(path, &kept);
	assert_in_range(kept.reclaimed, 36, 100);
	assert_int_equal(kept.refaulted, 0);
	write_recording(path, 0x1000, 100);
	replay(path, &kept);
	assert_in_range(kept.refaulted, 36, 100);
	assert_int_equal(kept.unknown, 0);
	/* Half of them are no entries that are known. */
	write_recording(path, 0x1000 + 90, 20);
	replay(path, &kept);
	assert_int_equal(kept.unknown, 10);
	folder_remove(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_used_frames),
		cmocka_unit_test(folios_are_one),
		cmocka_unit_test(says_what_is_lacking),
		cmocka_unit_test(idle_marks_become_rows),
		cmocka_unit_test(soft_dirty_is_cleared),
		cmocka_unit_test(uses_are_replayed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

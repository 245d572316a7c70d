// SPDX-License-Identifier: GPL-2.0-or-later
/* Complete or absent, and what killed runs leave behind. */
#include "sink/output_file.h"

#include "tests/unit/temporary.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void write_through(struct output_file *file, const char *text)
{
	assert_int_equal(write(file->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void expect_text(const char *path, const char *text)
{
	size_t nr;
	char *bytes = file_read(path, &nr);

	assert_string_equal(bytes, text);
	free(bytes);
}

static void test_commit(void **state)
{
	struct error err = { "" };
	struct output_file file;
	struct folder folder;

	(void)state;
	folder_make(&folder);
	assert_int_equal(output_file_open(&file, folder_file(&folder, "out"), &err), RC_OK);
	write_through(&file, "new");
	assert_int_not_equal(access(folder.file, F_OK), 0);
	assert_int_equal(output_file_commit(&file, &err), RC_OK);
	output_file_close(&file);
	output_file_close(&file);
	expect_text(folder.file, "new");
	assert_int_equal(folder_count(&folder), 1);
	folder_remove(&folder);
}

static void test_no_commit(void **state)
{
	struct error err = { "" };
	struct output_file file;
	struct folder folder;

	(void)state;
	folder_make(&folder);
	file_write(folder_file(&folder, "out"), "old", 3);
	assert_int_equal(output_file_open(&file, folder.file, &err), RC_OK);
	write_through(&file, "new");
	output_file_close(&file);
	expect_text(folder.file, "old");
	assert_int_equal(folder_count(&folder), 1);
	folder_remove(&folder);
}

/* The link stays a link; what it leads to is replaced. */
static void test_link(void **state)
{
	struct error err = { "" };
	struct output_file file;
	struct folder folder;
	struct stat st;

	(void)state;
	folder_make(&folder);
	file_write(folder_file(&folder, "real"), "old", 3);
	assert_int_equal(symlink("real", folder_file(&folder, "link")), 0);
	assert_int_equal(output_file_open(&file, folder.file, &err), RC_OK);
	write_through(&file, "new");
	assert_int_equal(output_file_commit(&file, &err), RC_OK);
	output_file_close(&file);
	assert_int_equal(lstat(folder.file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	expect_text(folder_file(&folder, "real"), "new");
	folder_remove(&folder);
}

static pid_t dead_pid(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

static void test_stale(void **state)
{
	struct error err = { "" };
	struct output_file file;
	struct folder folder;
	char dead[64], alive[64], own[64];

	(void)state;
	snprintf(dead, sizeof(dead), ".out.tmp-%d", (int)dead_pid());
	snprintf(alive, sizeof(alive), ".out.tmp-%d", (int)getppid());
	snprintf(own, sizeof(own), ".out.tmp-%d", (int)getpid());
	folder_make(&folder);
	file_write(folder_file(&folder, dead), "x", 1);
	file_write(folder_file(&folder, alive), "x", 1);
	file_write(folder_file(&folder, own), "x", 1);	/* of an earlier process with our number */
	file_write(folder_file(&folder, ".out.tmp-12x"), "x", 1);
	file_write(folder_file(&folder, ".other.tmp-1"), "x", 1);
	assert_int_equal(output_file_open(&file, folder_file(&folder, "out"), &err), RC_OK);
	assert_int_equal(output_file_commit(&file, &err), RC_OK);
	output_file_close(&file);
	assert_int_not_equal(access(folder_file(&folder, dead), F_OK), 0);
	assert_int_not_equal(access(folder_file(&folder, own), F_OK), 0);
	assert_int_equal(access(folder_file(&folder, alive), F_OK), 0);
	assert_int_equal(access(folder_file(&folder, ".out.tmp-12x"), F_OK), 0);
	assert_int_equal(access(folder_file(&folder, ".other.tmp-1"), F_OK), 0);
	assert_int_equal(folder_count(&folder), 4);
	folder_remove(&folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit),
		cmocka_unit_test(test_no_commit),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a trace.dat, read to the end and printed.
 *
 *	CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
 *	meson compile -C build-fuzz fuzz_trace_dat
 *	build-fuzz/tests/fuzz/fuzz_trace_dat CORPUS-FOLDER tests/data
 *
 * AFL++ takes the same function: CC=afl-clang-fast.
 */
#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
const char *__lsan_default_suppressions(void);

/* libtraceevent forgets some memory when a format text is damaged. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	read_recording(data, bytes);
	return 0;
}

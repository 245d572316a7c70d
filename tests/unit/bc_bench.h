/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bench for beancounters: one model, three mms, and an operation a call.
 *
 *	bench_begin(bench_intended());
 *	bench_limit(1, PRIVVM, 10, 12);
 *	assert_int_equal(bench_map(A, VMA_MMAP, PRIVATE, 11), PRIVVM);	which refused
 *	bench_end();							checks what is left
 */
#ifndef TESTS_UNIT_BC_BENCH_H
#define TESTS_UNIT_BC_BENCH_H

#include "accounting/model.h"

#include <stdbool.h>

#define BENCH_PAGES 64

enum { A = 1, B, C };			/* mms; A begins in container 1, B in 2, C in 1 */
enum { PRIVVM, LOCKED };		/* resources */
enum { PRIVATE = VMA_WRITE, TEXT = VMA_FILE, SHM = VMA_WRITE | VMA_SHARED | VMA_SHM_ANON };
enum { DONE = -1 };			/* or the resource that refused */

extern struct records bench_rows;
extern struct model *bc;
extern uint32_t bench_container_of[8];

int bench_apply(struct mem_op op);
void bench_new_mm(uint32_t mm, uint32_t container);
void bench_begin(struct rules rules);
void bench_assert_whole(void);
void bench_end(void);
/* As intended but for one rule. */
struct rules bench_posted(enum rule rule);
struct rules bench_intended(void);
struct rules bench_chosen(enum switch_name name, uint8_t value);
const struct model_counters *bench_counters(uint32_t container, uint32_t resource);
uint64_t bench_held(uint32_t container);
uint64_t bench_locked(uint32_t container);
void bench_limit(uint32_t container, uint32_t resource, uint64_t barrier, uint64_t value);
int bench_map(uint32_t mm, enum vma_why why, int vma, uint64_t pages);
int bench_unmap(uint32_t mm, int vma, uint64_t pages);
int bench_change(uint32_t mm, int from, int to, uint64_t pages, uint64_t resident);
int bench_drive(uint32_t mm, int from, int to, uint64_t pages);
int bench_move(uint32_t mm, int vma, uint64_t from, uint64_t to, bool is_moved);
int bench_shm_lock(uint32_t container, enum op_kind kind, uint64_t pages);
void bench_gone(uint32_t mm);
void bench_touch(uint32_t mm, uint32_t page, int vma, enum op_why why, enum page_kind kind);
void bench_leave(uint32_t mm, uint32_t page, int vma, enum op_why why, enum page_kind kind);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel memory that a container pays for (cgroup2.md 2): pages allocated with
 * __GFP_ACCOUNT are in the recording, page tables and pipe buffers among them.
 * Stacks and the nodes of the page cache are not; there is one for every task, and
 * one for every 64 indices of a file.
 */
#include "rebuild/state.h"

#define GFP_ACCOUNT 0x400000	/* ___GFP_ACCOUNT, from 5.10 to 6.18 */
#define STACK_BYTES 16384	/* THREAD_SIZE of x86-64 and arm64 */
#define NODE_BYTES (576 + 8)	/* struct xa_node, and who pays for it: obj_full_size() */
#define SLAB_PAGE 4096		/* op.slab is in 4096ths of a page */

#define ORDER_BITS 4

static void tell(struct rebuild *rb, enum op_kind kind, uint32_t container, uint64_t pages, uint64_t slab)
{
	op_emit(rb, &(struct mem_op){ .kind = kind, .container = container, .pages = pages, .slab = slab });
}

/* held: container and order of what the frame holds; 0 = nothing. */
static void hold(struct rebuild *rb, uint64_t pfn, uint32_t held)
{
	const uint32_t set = frames_get(&rb->kernel_sets, pfn / 32), bit = UINT32_C(1) << pfn % 32;

	frames_set(&rb->kernel_by_pfn, pfn, held);
	frames_set(&rb->kernel_sets, pfn / 32, held ? set | bit : set & ~bit);
}

void kernel_alloc(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint32_t container = task_at(rb, task)->container, order = event->alloc.order;

	if (!(event->alloc.gfp_flags & GFP_ACCOUNT) || !container || !event->alloc.has_pfn || order >> ORDER_BITS)
		return;
	kernel_free(rb, event);		/* its end was not seen */
	hold(rb, event->alloc.pfn, container << ORDER_BITS | order);
	tell(rb, OP_KERNEL_CHARGE, container, UINT64_C(1) << order, 0);
}

void kernel_freed(struct rebuild *rb, uint64_t pfn)
{
	uint32_t held = frames_get(&rb->kernel_by_pfn, pfn);

	if (!held)
		return;
	hold(rb, pfn, 0);
	tell(rb, OP_KERNEL_UNCHARGE, held >> ORDER_BITS, UINT64_C(1) << (held & ((1 << ORDER_BITS) - 1)), 0);
}

static uint64_t stack_pages(const struct rebuild *rb)
{
	return (STACK_BYTES + rb->config.page_size - 1) / rb->config.page_size;
}

void kernel_stack_born(struct rebuild *rb, uint32_t task, uint32_t container)
{
	task_at(rb, task)->stack_container = container;
	if (container)
		tell(rb, OP_KERNEL_CHARGE, container, stack_pages(rb), 0);
}

void kernel_stack_gone(struct rebuild *rb, uint32_t task)
{
	uint32_t container = task_at(rb, task)->stack_container;

	task_at(rb, task)->stack_container = 0;
	if (container)
		tell(rb, OP_KERNEL_UNCHARGE, container, stack_pages(rb), 0);
}

static uint64_t node_slab(const struct rebuild *rb)
{
	return (uint64_t)NODE_BYTES * SLAB_PAGE / rb->config.page_size;
}

void kernel_node_born(struct rebuild *rb, struct file_chunk *chunk, uint32_t container)
{
	if (chunk->node_container || !container)
		return;
	chunk->node_container = container;
	tell(rb, OP_KERNEL_CHARGE, container, 0, node_slab(rb));
}

void kernel_node_gone(struct rebuild *rb, struct file_chunk *chunk)
{
	uint32_t container = chunk->node_container;

	if (!container)
		return;
	chunk->node_container = 0;
	tell(rb, OP_KERNEL_UNCHARGE, container, 0, node_slab(rb));
}

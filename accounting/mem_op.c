// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of what tasks ask for. */
#include "accounting/mem_op.h"

#include <stddef.h>

static const char *const map_calls[VMA_NR] = {
	[VMA_MMAP] = "mmap", [VMA_BRK] = "brk", [VMA_ELF_BRK] = "exec", [VMA_STACK] = "stack growth",
	[VMA_INSERT] = "exec", [VMA_ELF] = "exec", [VMA_FORK] = "fork", [VMA_DRIVER] = "mmap",
};

const char *mem_op_call(const struct mem_op *op)
{
	uint8_t changed = op->vma ^ op->old_vma;

	switch (op->kind) {
	case OP_VMA_MAP:
		return map_calls[op->why];
	case OP_VMA_UNMAP:
		return "munmap";
	case OP_VMA_CHANGE:
		if (op->why == VMA_DRIVER)
			return map_calls[VMA_DRIVER];
		if (changed & VMA_LOCKED)
			return op->vma & VMA_LOCKED ? "mlock" : "munlock";
		return "mprotect";
	case OP_VMA_MOVE:
		return "mremap";
	case OP_SHM_LOCK:
		return "shmctl(SHM_LOCK)";
	case OP_SHM_UNLOCK:
		return "shmctl(SHM_UNLOCK)";
	default:
		return NULL;
	}
}

# SPDX-License-Identifier: GPL-2.0-or-later
"""What other decoders say of events, in the words of `recount events`, and the comparison with what recount says.

    lines = [head + LINES[event](fields) for ...]      of the other decoder, fields as it prints them
    compare(path, "trace-cmd", lines, printed)         what traces_print printed
"""

CALLS = ("mmap munmap brk mprotect mremap madvise mlock mlock2 munlock mlockall "
         "munlockall shmat shmdt remap_file_pages exit_group").split()
MEMBERS = {0: "file", 1: "anon", 2: "swap", 3: "shmem"}


def number(text):
    return int(text, 0)


def text(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def place(f):
    dev = number(f["s_dev"])
    return f"dev={dev >> 20}:{dev & 0xfffff} ino={int(f['i_ino'], 16)} index={number(f['index'])}"


def fault(mode):
    return lambda f: (f"page_fault address={number(f['address']):#x} "
                      f"error_code={number(f['error_code']):#x} mode={mode}")


def rss(f):
    member = number(f["member"])
    size = number(f["size"])
    return (f"rss_stat member={MEMBERS.get(member, member)} pages={size >> 12} "
            f"mm_id={number(f['mm_id'])} curr={number(f['curr'])}")


def cache(name):
    def line(f):
        words = [name, place(f)]
        if "last_index" in f:
            words.append(f"last={number(f['last_index'])}")
        if "pfn" in f:
            words.append(f"pfn={number(f['pfn']):#x} order={number(f['order'])}")
        return " ".join(words)
    return line


def exit_of(f):
    dead = f" group_dead={number(f['group_dead'])}" if "group_dead" in f else ""
    return f"sched_process_exit pid={number(f['pid'])}{dead} comm={text(f['comm'])}"


def cgroup(name):
    return lambda f: (f"{name} root={number(f['root'])} id={number(f['id'])} "
                      f"level={number(f['level'])} path={text(f['path'])}")


def migrate(name):
    return lambda f: (f"{name} address=0x{int(f['addr'], 16):x} pte=0x{int(f['pte'], 16):x} "
                      f"order={number(f['order'])}")


def memcg(name, extra):
    return lambda f: (f"{name} id={number(f['id'])} item={number(f['item'])} "
                      f"value={number(f['val'])}{extra}")


def enter(call):
    def line(f):
        values = [number(v) for k, v in f.items() if k != "__syscall_nr"]
        values += [0] * (6 - len(values))
        return f"sys_enter call={call} args=" + ",".join(f"{v:#x}" for v in values)
    return line


LINES = {
    "page_fault_user": fault("user"),
    "page_fault_kernel": fault("kernel"),
    "mm_page_alloc": lambda f: (f"mm_page_alloc pfn={number(f['pfn']):#x} "
                                f"order={number(f['order'])} "
                                f"gfp_flags={number(f['gfp_flags']):#x}"),
    "mm_page_free": lambda f: f"mm_page_free pfn={number(f['pfn']):#x} order={number(f['order'])}",
    "rss_stat": rss,
    "mm_lru_insertion": lambda f: f"mm_lru_insertion pfn={number(f['pfn']):#x} lru={number(f['lru'])}",
    "mm_lru_activate": lambda f: f"mm_lru_activate pfn={number(f['pfn']):#x}",
    "vma_store": lambda f: (f"vma_store mm={number(f['mt']):#x} begin={number(f['vm_start']):#x} "
                            f"end={number(f['vm_end']) + 1:#x}"),
    "exit_mmap": lambda f: f"exit_mmap mm={number(f['mm']):#x}",
    "task_newtask": lambda f: (f"task_newtask pid={number(f['pid'])} "
                               f"clone_flags=0x{int(f['clone_flags'], 16):x} comm={text(f['comm'])}"),
    "task_rename": lambda f: f"task_rename pid={number(f['pid'])} comm={text(f['newcomm'])}",
    "sched_process_fork": lambda f: (f"sched_process_fork pid={number(f['child_pid'])} "
                                     f"parent={number(f['parent_pid'])} "
                                     f"comm={text(f['child_comm'])}"),
    "sched_process_exec": lambda f: (f"sched_process_exec pid={number(f['pid'])} "
                                     f"old_pid={number(f['old_pid'])} "
                                     f"filename={text(f['filename'])}"),
    "sched_process_exit": exit_of,
    "sched_process_free": lambda f: f"sched_process_free pid={number(f['pid'])} comm={text(f['comm'])}",
    "cgroup_attach_task": lambda f: (f"cgroup_attach_task root={number(f['dst_root'])} "
                                     f"id={number(f['dst_id'])} level={number(f['dst_level'])} "
                                     f"pid={number(f['pid'])} path={text(f['dst_path'])}"),
    "cgroup_mkdir": cgroup("cgroup_mkdir"),
    "cgroup_rmdir": cgroup("cgroup_rmdir"),
    "mm_vmscan_write_folio": lambda f: (f"mm_vmscan_write_folio pfn={number(f['pfn']):#x} "
                                        f"flags=0x{int(f['reclaim_flags'], 16):x}"),
    "set_migration_pte": migrate("set_migration_pte"),
    "remove_migration_pte": migrate("remove_migration_pte"),
    "mark_victim": lambda f: (f"mark_victim pid={number(f['pid'])} "
                              f"total_vm_kb={number(f['total_vm'])} "
                              f"anon_rss_kb={number(f['anon_rss'])} "
                              f"file_rss_kb={number(f['file_rss'])} "
                              f"shmem_rss_kb={number(f['shmem_rss'])}"),
    "mod_memcg_lruvec_state": memcg("mod_memcg_state", " lruvec=1"),
    "mod_memcg_state": memcg("mod_memcg_state", " lruvec=0"),
    "count_memcg_events": memcg("count_memcg_events", ""),
}
for cache_name in ("add_to_page_cache", "delete_from_page_cache", "map_pages", "fault", "get_pages"):
    LINES["mm_filemap_" + cache_name] = cache("mm_filemap_" + cache_name)
for cause in ("direct", "memcg", "softlimit"):
    stem = "mm_vmscan_" + ("memcg_softlimit" if cause == "softlimit" else cause) + "_reclaim_"
    LINES[stem + "begin"] = lambda f, c=cause: f"reclaim_begin cause={c} order={number(f['order'])}"
    LINES[stem + "end"] = lambda f, c=cause: f"reclaim_end cause={c} nr_reclaimed={number(f['nr_reclaimed'])}"
for call in CALLS:
    LINES["sys_enter_" + call] = enter(call)
    LINES["sys_exit_" + call] = lambda f, c=call: f"sys_exit call={c} ret={number(f['ret']):#x}"


def compare(path, decoder, wanted, printed):
    """Whether both hold the same lines, and what was printed is in the order of time."""
    wanted, got = sorted(wanted), sorted(printed)
    if got == wanted:
        times = [float(line.split(" ", 1)[0]) for line in printed]
        ok = times == sorted(times)
        print(f"{'ok' if ok else 'NOT IN TIME ORDER'} {path}: {len(got)} events")
        return ok
    print(f"DIFFERENT {path}: {len(got)} events, {decoder} {len(wanted)}")
    for sign, lines in (("-", set(wanted) - set(got)), ("+", set(got) - set(wanted))):
        for line in sorted(lines)[:10]:
            print(sign, line)
    return False

-- RUN.db, schema version 1: what a replay found.
--
-- Pages are base pages (run.page_size bytes each), times are nanoseconds on the
-- trace's clock.  Scenario 0 is the trace as recorded; container 0 is the host.
-- Text is always UTF-8: bytes of a name that are not stand as \xNN.

PRAGMA application_id = 0x72636e74;	-- "rcnt"
PRAGMA user_version = 1;

-- What was asked and read: recount's version, options, inputs, counts.
CREATE TABLE run (
	key	TEXT NOT NULL,
	value	TEXT NOT NULL,
	PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;

CREATE TABLE containers (
	container	INTEGER NOT NULL,
	name		TEXT NOT NULL,
	path		TEXT NOT NULL,
	PRIMARY KEY (container)
) STRICT;

CREATE TABLE scenarios (
	scenario	INTEGER NOT NULL,
	label		TEXT NOT NULL,
	PRIMARY KEY (scenario)
) STRICT;

-- NULL = no such limit.
CREATE TABLE limits (
	scenario	INTEGER NOT NULL REFERENCES scenarios,
	container	INTEGER NOT NULL REFERENCES containers,
	resource	TEXT NOT NULL,
	barrier_pages	INTEGER CHECK (barrier_pages >= 0),
	limit_pages	INTEGER CHECK (limit_pages >= 0),
	PRIMARY KEY (scenario, container, resource)
) STRICT, WITHOUT ROWID;

-- Counters at the end, one row for every scenario, container and resource.
-- Those without _assumed are as seen; _assumed NULL = not computed.
CREATE TABLE outcomes (
	scenario		INTEGER NOT NULL REFERENCES scenarios,
	container		INTEGER NOT NULL REFERENCES containers,
	resource		TEXT NOT NULL,
	barrier_pages		INTEGER CHECK (barrier_pages >= 0),
	limit_pages		INTEGER CHECK (limit_pages >= 0),
	held_pages		INTEGER NOT NULL CHECK (held_pages >= 0),
	maxheld_pages		INTEGER NOT NULL CHECK (maxheld_pages >= held_pages),
	failcnt			INTEGER NOT NULL CHECK (failcnt >= 0),
	reclaim_calls		INTEGER NOT NULL CHECK (reclaim_calls >= 0),
	scanned_pages		INTEGER NOT NULL CHECK (scanned_pages >= 0),
	uncharged_pages		INTEGER NOT NULL CHECK (uncharged_pages >= 0),
	reclaimed_pages		INTEGER NOT NULL CHECK (reclaimed_pages >= 0),
	swapped_out_pages	INTEGER NOT NULL CHECK (swapped_out_pages >= 0),
	refaulted_pages		INTEGER NOT NULL CHECK (refaulted_pages >= 0),
	oom_kills		INTEGER NOT NULL CHECK (oom_kills >= 0),
	denied_calls		INTEGER NOT NULL CHECK (denied_calls >= 0),
	reclaimed_pages_assumed		INTEGER CHECK (reclaimed_pages_assumed >= 0),
	swapped_out_pages_assumed	INTEGER CHECK (swapped_out_pages_assumed >= 0),
	refaulted_pages_assumed		INTEGER CHECK (refaulted_pages_assumed >= 0),
	oom_kills_assumed		INTEGER CHECK (oom_kills_assumed >= 0),
	denied_calls_assumed		INTEGER CHECK (denied_calls_assumed >= 0),
	diverged_ns		INTEGER,	-- NULL = never
	evidence		REAL NOT NULL CHECK (evidence BETWEEN 0.0 AND 1.0),
	transient_pages		INTEGER NOT NULL CHECK (transient_pages >= 0),
	reclaim_successes	INTEGER NOT NULL CHECK (reclaim_successes >= 0),
	void_ops		INTEGER NOT NULL CHECK (void_ops >= 0),
	-- What the recording would have brought out had nothing been lost: NULL = nothing bounds it.
	held_low_pages		INTEGER NOT NULL CHECK (held_low_pages >= 0),
	held_high_pages		INTEGER CHECK (held_high_pages >= held_low_pages),
	maxheld_low_pages	INTEGER NOT NULL CHECK (maxheld_low_pages >= 0),
	maxheld_high_pages	INTEGER CHECK (maxheld_high_pages >= maxheld_low_pages),
	verdict_stands		INTEGER NOT NULL CHECK (verdict_stands IN (0, 1)),
	refaulted_anon_pages	INTEGER NOT NULL DEFAULT 0 CHECK (refaulted_anon_pages >= 0),
	refaulted_anon_pages_assumed	INTEGER CHECK (refaulted_anon_pages_assumed >= 0),
	failcnt_assumed			INTEGER CHECK (failcnt_assumed >= 0),
	scanned_pages_assumed		INTEGER CHECK (scanned_pages_assumed >= 0),
	PRIMARY KEY (scenario, container, resource)
) STRICT, WITHOUT ROWID;

-- Time series: held at the step's end, most held within the step.
CREATE TABLE usage (
	scenario	INTEGER NOT NULL REFERENCES scenarios,
	container	INTEGER NOT NULL REFERENCES containers,
	resource	TEXT NOT NULL,
	time_ns		INTEGER NOT NULL,
	held_pages	INTEGER NOT NULL CHECK (held_pages >= 0),
	maxheld_pages	INTEGER NOT NULL CHECK (maxheld_pages >= held_pages),
	PRIMARY KEY (scenario, container, resource, time_ns)
) STRICT, WITHOUT ROWID;

-- Repeated ones are one row: the first at time_ns, the last at end_ns, count in all.
CREATE TABLE incidents (
	scenario	INTEGER NOT NULL REFERENCES scenarios,
	time_ns		INTEGER NOT NULL,
	container	INTEGER NOT NULL REFERENCES containers,
	resource	TEXT NOT NULL,
	kind		TEXT NOT NULL CHECK (kind IN ('charge_failed', 'reclaim', 'oom_kill',
						      'denied', 'livelock', 'anomaly')),
	pid		INTEGER,		-- NULL = unknown
	comm		TEXT NOT NULL,
	pages		INTEGER,
	detail		TEXT NOT NULL,
	end_ns		INTEGER NOT NULL CHECK (end_ns >= time_ns),
	count		INTEGER NOT NULL CHECK (count > 0)
) STRICT;

-- NULL times: before or after the recording.
CREATE TABLE processes (
	pid			INTEGER NOT NULL,
	tgid			INTEGER NOT NULL,
	comm			TEXT NOT NULL,
	container		INTEGER NOT NULL REFERENCES containers,
	begin_ns		INTEGER,
	end_ns			INTEGER,
	peak_anon_pages		INTEGER NOT NULL CHECK (peak_anon_pages >= 0),
	peak_file_pages		INTEGER NOT NULL CHECK (peak_file_pages >= 0),
	peak_shmem_pages	INTEGER NOT NULL CHECK (peak_shmem_pages >= 0),
	killed_ns		INTEGER			-- when the recorded kernel's OOM killer chose it
) STRICT;

-- Where the recording has holes.  NULL = unknown.
CREATE TABLE losses (
	input		TEXT NOT NULL,
	cpu		INTEGER,
	begin_ns	INTEGER,
	end_ns		INTEGER,
	events		INTEGER CHECK (events >= 0),
	effect		TEXT NOT NULL
) STRICT;

-- Ends of what was never seen to begin.
CREATE TABLE unmatched (
	kind	TEXT NOT NULL,
	count	INTEGER NOT NULL CHECK (count >= 0),
	pages	INTEGER NOT NULL CHECK (pages >= 0),
	PRIMARY KEY (kind)
) STRICT, WITHOUT ROWID;

-- How often the kernel's own counters (rss_stat) were predicted before they were seen.
CREATE TABLE checks (
	class		TEXT NOT NULL,
	checked		INTEGER NOT NULL CHECK (checked >= 0),
	exact		INTEGER NOT NULL CHECK (exact BETWEEN 0 AND within_1),
	within_1	INTEGER NOT NULL CHECK (within_1 <= checked),
	worst_pages	INTEGER NOT NULL,
	sum_abs_pages	INTEGER NOT NULL CHECK (sum_abs_pages >= 0),
	-- Of those checked, which the recording does not tell but for bounds; of those, which were exact, which lie outside.
	open_values	INTEGER NOT NULL DEFAULT 0 CHECK (open_values BETWEEN 0 AND checked),
	open_exact	INTEGER NOT NULL DEFAULT 0 CHECK (open_exact BETWEEN 0 AND open_values),
	open_outside	INTEGER NOT NULL DEFAULT 0 CHECK (open_outside BETWEEN 0 AND open_values),
	PRIMARY KEY (class)
) STRICT, WITHOUT ROWID;

-- Who pays, in scenario 0: each container's charge for pages, taken apart at the moment (time_ns) at which it was
-- charged for most or its processes mapped most, whichever is more.
CREATE TABLE bills (
	container	INTEGER NOT NULL REFERENCES containers,
	resource	TEXT NOT NULL,
	time_ns		INTEGER NOT NULL,
	held_pages	INTEGER NOT NULL CHECK (held_pages >= 0),	-- charged to it then
	mapped_pages	INTEGER NOT NULL CHECK (mapped_pages >= 0),	-- of them: its own processes map them; more than held where a posted rule miscounts
	shared_pages	INTEGER NOT NULL CHECK (shared_pages BETWEEN 0 AND mapped_pages),	-- of these: others map them as well
	others_pages	INTEGER NOT NULL CHECK (others_pages >= 0),	-- only others map them
	unpaid_pages	INTEGER NOT NULL CHECK (unpaid_pages >= 0),	-- its processes map them, it is not charged
	alone_pages	INTEGER NOT NULL CHECK (alone_pages >= 0),	-- what it would be charged for if there were no others
	PRIMARY KEY (container, resource)
) STRICT, WITHOUT ROWID;

-- With whom, at that moment.
CREATE TABLE shares (
	container	INTEGER NOT NULL REFERENCES containers,
	resource	TEXT NOT NULL,
	other		INTEGER NOT NULL REFERENCES containers,
	paid_pages	INTEGER NOT NULL CHECK (paid_pages >= 0),	-- container is charged, the other's processes map them
	unpaid_pages	INTEGER NOT NULL CHECK (unpaid_pages >= 0),	-- container's processes map them, the other is charged
	PRIMARY KEY (container, resource, other)
) STRICT, WITHOUT ROWID;

-- Figures of scenario 0 beside the kernel's own counters of them, with replay --verify: as recount verify has them.
CREATE TABLE proofs (
	container	INTEGER NOT NULL REFERENCES containers,
	resource	TEXT NOT NULL,
	figure		TEXT NOT NULL,		-- as memory.stat names it
	against		TEXT NOT NULL CHECK (against IN ('events', 'counters', 'samples')),
	mean_pages	REAL NOT NULL,		-- of the kernel's, over time
	error_pages	REAL NOT NULL,		-- between the two, over time
	lasting_pages	REAL NOT NULL,		-- of it, what is not over within a millisecond
	worst_pages	INTEGER NOT NULL,
	final_pages	INTEGER NOT NULL,	-- the kernel's
	final_off_pages	INTEGER NOT NULL,	-- by which the replay's is more
	peak_pages	INTEGER NOT NULL,
	peak_off_pages	INTEGER NOT NULL,
	verdict		TEXT NOT NULL CHECK (verdict IN ('exact', 'within', 'late', 'past', 'not compared')),
	PRIMARY KEY (container, resource, figure, against)
) STRICT, WITHOUT ROWID;

-- Figures of outcomes over several runs of a scenario (replay --runs); the row of outcomes is of the middle one.
CREATE TABLE spreads (
	scenario	INTEGER NOT NULL REFERENCES scenarios,
	container	INTEGER NOT NULL REFERENCES containers,
	resource	TEXT NOT NULL,
	figure		TEXT NOT NULL,		-- a column of outcomes, or refaulted_file_pages: those that are not anonymous
	runs		INTEGER NOT NULL CHECK (runs > 1),
	low		INTEGER NOT NULL CHECK (low >= 0),
	high		INTEGER NOT NULL CHECK (high >= low),
	PRIMARY KEY (scenario, container, resource, figure)
) STRICT, WITHOUT ROWID;

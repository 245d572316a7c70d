-- The limit that each container can be given, by the rule that docs/recommendation.md explains:
-- the smallest candidate from which on upward nothing is killed, denied or stuck and no more pages come back than
-- `slo` percent of the working set a minute; and a margin on it, in hundredths of a percent.
WITH
rule AS MATERIALIZED (SELECT coalesce(:slo, 0.2) AS slo, coalesce(:margin, 1500) AS margin),
machine AS MATERIALIZED (
	SELECT coalesce(max(CASE key WHEN 'page_size' THEN CAST(value AS INTEGER) END), 4096) AS page_bytes,
	       coalesce(max(CASE key WHEN 'begin_ns' THEN CAST(value AS INTEGER) END), 0) AS begin_ns,
	       coalesce(max(CASE key WHEN 'end_ns' THEN CAST(value AS INTEGER) END), 0) AS end_ns
	  FROM run
),
-- What was held, and for how long: a step without a row is like the last one that has one.
steps AS (
	SELECT container, resource, held_pages,
	       lead(time_ns, 1, end_ns) OVER (PARTITION BY container, resource ORDER BY time_ns) - time_ns AS ns
	  FROM usage CROSS JOIN machine
	 WHERE scenario = 0
),
working AS MATERIALIZED (
	SELECT container, resource, CAST(sum(1.0 * held_pages * ns) / sum(ns) AS INTEGER) AS pages, sum(ns) AS ns
	  FROM steps
	 WHERE held_pages > 0 AND ns > 0
	 GROUP BY container, resource
),
-- The containers, with what refaults the rule allows them over the time that they held anything.
asked AS MATERIALIZED (
	SELECT o.container, o.resource, o.maxheld_pages AS peak_pages, o.maxheld_high_pages AS high_pages, coalesce(w.pages, o.maxheld_pages) AS working_set_pages,
	       coalesce(w.ns, m.end_ns - m.begin_ns) AS held_ns,
	       CAST(r.slo / 100.0 * coalesce(w.pages, o.maxheld_pages) * coalesce(w.ns, m.end_ns - m.begin_ns) / 6e10 AS INTEGER)
			AS allowed_refaults
	  FROM outcomes AS o
	 CROSS JOIN machine AS m
	 CROSS JOIN rule AS r
	  LEFT JOIN working AS w USING (container, resource)
	 WHERE o.scenario = 0
),
first AS MATERIALIZED (
	SELECT scenario, container, resource, kind, pid, comm, printf('+%.3f s', (min(time_ns) - begin_ns) / 1e9) AS moment,
	       CASE WHEN instr(detail, ':') THEN substr(detail, 1, instr(detail, ':') - 1) ELSE 'a call' END AS call
	  FROM incidents CROSS JOIN machine
	 WHERE kind IN ('oom_kill', 'denied', 'livelock', 'reclaim')
	 GROUP BY scenario, container, resource, kind
),
-- Where the recorded kernel killed: what was needed after that, nobody recorded.  SQLite takes the columns of min()'s row.
ended AS MATERIALIZED (
	SELECT c.container, p.pid, p.comm, min(p.killed_ns) AS killed_ns, printf('+%.3f s', (min(p.killed_ns) - m.begin_ns) / 1e9) AS moment
	  FROM containers AS c
	 CROSS JOIN machine AS m
	  JOIN containers AS k ON k.container = c.container OR substr(k.path, 1, length(c.path) + 1) = c.path || '/'
	  JOIN processes AS p ON p.container = k.container
	 WHERE p.killed_ns BETWEEN m.begin_ns AND m.end_ns AND c.container > 0
	 GROUP BY c.container
),
-- Every candidate and what speaks against it, the worst first: 3 killed, denied or stuck, 2 the recording
-- cannot tell, 1 more refaults than allowed, 0 nothing.
scored AS MATERIALIZED (
	SELECT a.container, a.resource, l.scenario, l.barrier_pages, l.limit_pages,
	       coalesce(l.barrier_pages, l.limit_pages) AS size,
	       CASE WHEN coalesce(l.barrier_pages, l.limit_pages) * page_bytes < 1048576
		    THEN (coalesce(l.barrier_pages, l.limit_pages) * page_bytes / 1024) || ' KiB'
		    WHEN coalesce(l.barrier_pages, l.limit_pages) * page_bytes < 1073741824
		    THEN replace(printf('%.1f MiB', coalesce(l.barrier_pages, l.limit_pages) * page_bytes / 1048576.0), '.0 ', ' ')
		    ELSE replace(printf('%.2f GiB', coalesce(l.barrier_pages, l.limit_pages) * page_bytes / 1073741824.0), '.00 ', ' ')
	       END AS size_text,
	       o.refaulted_pages, o.refaulted_pages_assumed, o.uncharged_pages, o.evidence, o.verdict_stands,
	       coalesce(o.refaulted_pages_assumed, o.refaulted_pages) AS refaults,
	       -- What comes back where nothing was taken away is the doing of another container's limit.
	       CASE
	       WHEN o.oom_kills > 0 OR coalesce(o.oom_kills_assumed, 0) > 0 OR o.denied_calls > 0
		    OR coalesce(o.denied_calls_assumed, 0) > 0 OR s.kind IS NOT NULL THEN 3
	       WHEN o.void_ops > 0 THEN 2
	       WHEN o.uncharged_pages > 0 AND coalesce(o.refaulted_pages_assumed, o.refaulted_pages) > a.allowed_refaults THEN 1
	       ELSE 0
	       END AS against,
	       CASE
	       WHEN o.oom_kills > 0 THEN coalesce(k.comm || ' (pid ' || k.pid || ')', 'a process') || ' is killed'
		    || coalesce(' at ' || k.moment, '')
	       WHEN o.denied_calls > 0 THEN coalesce(d.call || ' of ' || d.comm || ' (pid ' || d.pid || ')', 'a call')
		    || ' is denied' || coalesce(' at ' || d.moment, '')
	       WHEN s.kind IS NOT NULL THEN 'it is stuck at ' || s.moment
	       WHEN o.oom_kills_assumed > 0 THEN 'a process is possibly killed'
	       WHEN o.denied_calls_assumed > 0 THEN 'a call is possibly denied'
	       WHEN o.void_ops > 0 THEN 'a kill or denial elsewhere cuts it short, so the recording cannot tell'
	       ELSE printf('%,d page%s back', coalesce(o.refaulted_pages_assumed, o.refaulted_pages),
			   CASE coalesce(o.refaulted_pages_assumed, o.refaulted_pages) WHEN 1 THEN ' comes' ELSE 's come' END)
		    || CASE WHEN o.refaulted_pages_assumed IS NULL OR o.refaulted_pages_assumed = o.refaulted_pages THEN ''
			    WHEN o.refaulted_pages = 0 THEN ', if each is used once more,'
			    ELSE printf(' (%,d seen, the others if each is used once more)', o.refaulted_pages) END
		    || CASE a.allowed_refaults WHEN 0 THEN ' where none may' ELSE printf(' where %,d may', a.allowed_refaults) END
		    || coalesce('; the limit is first hit at ' || r.moment || coalesce(', by ' || r.comm || ' (pid ' || r.pid || ')', ''), '')
	       END AS what
	  FROM asked AS a
	 CROSS JOIN machine AS m
	  JOIN limits AS l USING (container, resource)
	  JOIN outcomes AS o USING (scenario, container, resource)
	  LEFT JOIN first AS k ON k.kind = 'oom_kill' AND k.scenario = l.scenario
				  AND k.container = a.container AND k.resource = a.resource
	  LEFT JOIN first AS d ON d.kind = 'denied' AND d.scenario = l.scenario
				  AND d.container = a.container AND d.resource = a.resource
	  LEFT JOIN first AS r ON r.kind = 'reclaim' AND r.scenario = l.scenario
				  AND r.container = a.container AND r.resource = a.resource
	  LEFT JOIN first AS s ON s.kind = 'livelock' AND s.scenario = l.scenario
				  AND s.container = a.container AND s.resource = a.resource
	 WHERE coalesce(l.barrier_pages, l.limit_pages) IS NOT NULL AND a.peak_pages > 0
),
-- Several scenarios may set the same limit: the worst of them counts.  SQLite takes the columns of max()'s row.
candidates AS MATERIALIZED (
	SELECT *, max(against * 1e15 + refaults) AS badness
	  FROM scored
	 GROUP BY container, resource, size, limit_pages
),
-- The same, each with the worst of itself and all that are larger.
from_here_up AS MATERIALIZED (
	SELECT *,
	       max(against) OVER larger AS worst,
	       max(against > 0 OR uncharged_pages > 0) OVER larger AS worst_touched
	  FROM candidates
	WINDOW larger AS (PARTITION BY container, resource ORDER BY size DESC, limit_pages IS NULL DESC, limit_pages DESC)
),
chosen AS MATERIALIZED (
	SELECT *, min(size * 1.0) AS smallest FROM from_here_up WHERE worst = 0 GROUP BY container, resource
),
untouched AS MATERIALIZED (
	SELECT container, resource, min(size) AS size, size_text FROM from_here_up WHERE worst_touched = 0 GROUP BY container, resource
),
-- The next smaller one: the largest that something speaks against.
broken AS MATERIALIZED (
	SELECT *, max(size * 1.0) AS largest FROM from_here_up WHERE worst > 0 GROUP BY container, resource
),
counted AS (SELECT container, resource, count(*) AS nr FROM candidates GROUP BY container, resource),
-- With the margin, and then up to a whole MiB, or page where it is less than one.
raised AS (
	SELECT c.container, c.resource, margin, max(1, 1048576 / page_bytes) AS mib,
	       (c.barrier_pages * (10000 + margin) + 9999) / 10000 AS barrier,
	       (c.limit_pages * (10000 + margin) + 9999) / 10000 AS "limit",
	       -- Where events were lost: what holds all that may have been there; NULL = nothing bounds that.
	       (CASE WHEN c.verdict_stands THEN u.size ELSE max(a.high_pages, coalesce(u.size, 0)) END * (10000 + margin) + 9999) / 10000 AS sure
	  FROM chosen AS c
	 CROSS JOIN machine
	 CROSS JOIN rule
	  JOIN asked AS a USING (container, resource)
	  LEFT JOIN untouched AS u USING (container, resource)
),
-- A limit over a barrier keeps a margin of its own: what may pass the barrier needs room.
above_barrier AS (
	SELECT container, resource, mib,
	       CASE WHEN barrier < mib THEN barrier ELSE (barrier + mib - 1) / mib * mib END AS barrier,
	       CASE WHEN barrier IS NULL THEN "limit"
		    ELSE max(coalesce("limit", 0),
			     ((CASE WHEN barrier < mib THEN barrier ELSE (barrier + mib - 1) / mib * mib END)
			      * (10000 + margin) + 9999) / 10000) END AS "limit",
	       CASE WHEN sure < mib THEN sure ELSE (sure + mib - 1) / mib * mib END AS sure
	  FROM raised
),
rounded AS MATERIALIZED (
	SELECT container, resource, barrier, sure,
	       CASE WHEN "limit" < mib THEN "limit" ELSE ("limit" + mib - 1) / mib * mib END AS "limit"
	  FROM above_barrier
)
SELECT a.container, n.name, n.path, a.resource,
       CASE
       WHEN a.peak_pages = 0 THEN 'unused'
       WHEN t.nr IS NULL THEN 'untried'
       WHEN e.pid IS NOT NULL THEN 'cut short'
       WHEN c.size IS NULL THEN 'too small'
       WHEN NOT c.verdict_stands THEN 'may not stand'
       WHEN c.refaulted_pages_assumed IS NULL AND c.evidence < 1 AND c.uncharged_pages > 0 THEN 'at least'
       ELSE 'supported'
       END AS status,
       r.barrier AS recommended_barrier_pages, r."limit" AS recommended_limit_pages, r.sure AS sure_limit_pages,
       a.peak_pages, a.peak_pages - coalesce(r.barrier, r."limit") AS saving_pages,
       a.working_set_pages, a.held_ns, a.allowed_refaults,
       coalesce(t.nr, 0) AS candidates,
       c.scenario, c.barrier_pages, c.limit_pages, c.refaults,
       CASE
       WHEN c.size IS NULL THEN NULL
       WHEN c.refaulted_pages_assumed IS NOT NULL THEN 'assumed'
       WHEN c.evidence >= 1 OR c.uncharged_pages = 0 THEN 'all seen'
       ELSE 'seen'
       END AS basis,
       c.evidence,
       u.size AS untouched_pages,
       b.scenario AS broken_scenario, b.size AS broken_pages,
       CASE
       WHEN a.peak_pages = 0 THEN 'It held nothing.'
       WHEN e.pid IS NOT NULL THEN 'The recorded kernel killed ' || e.comm || ' (pid ' || e.pid || ') at ' || e.moment
	    || ': what it needed after that is not in the recording. Record it without a limit.'
       WHEN t.nr IS NULL THEN 'No limit was tried: replay with --limit ' || a.resource || '=25%,50%,75%,100%.'
       WHEN b.size IS NULL THEN 'Nothing speaks against ' || c.size_text
	    || ', the smallest limit that was tried.'
       ELSE CASE WHEN c.size IS NULL THEN 'Even at ' ELSE 'At ' END
	    || b.size_text
	    || CASE WHEN c.size IS NULL THEN ', the largest limit that was tried, ' ELSE ', the next smaller limit tried, ' END
	    || CASE WHEN b.against > 0 THEN b.what ELSE 'all is well, but not at larger ones' END
	    || '.'
       END ||
       CASE WHEN e.pid IS NULL AND c.refaulted_pages_assumed IS NULL AND c.evidence < 1 AND c.uncharged_pages > 0
	    THEN printf(' This rests on the uses that the recording shows, %.0f %% of those that matter', c.evidence * 100)
		 || coalesce('; from ' || u.size_text
			     || ' up no page is taken away.', '.')
	    ELSE '' END
       || CASE WHEN e.pid IS NULL AND NOT c.verdict_stands 
	    THEN ' Events were lost: ' || coalesce(printf('with what they hid it may have held %.1f MiB, so that this is no answer.',
							 a.high_pages * m.page_bytes / 1048576.0),
						  'nothing bounds what they hid, so that this is no answer.')
	    ELSE '' END AS reason
  FROM asked AS a
 CROSS JOIN machine AS m
  JOIN containers AS n USING (container)
  LEFT JOIN counted AS t USING (container, resource)
  LEFT JOIN chosen AS c USING (container, resource)
  LEFT JOIN ended AS e USING (container)
  LEFT JOIN rounded AS r ON r.container = a.container AND r.resource = a.resource AND e.pid IS NULL
  LEFT JOIN untouched AS u USING (container, resource)
  LEFT JOIN broken AS b USING (container, resource)
 ORDER BY a.container, a.resource

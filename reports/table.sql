-- What became of every container under every limit, scenario 0 first.
WITH first AS MATERIALIZED (
	SELECT scenario, container, resource, kind,
	       -- the detail of the first: SQLite takes the columns of min()'s row
	       CASE WHEN instr(detail, ':') THEN substr(detail, 1, instr(detail, ':') - 1) || ' ' ELSE '' END AS call,
	       '+' || printf('%.3f', (min(time_ns) -
		      coalesce((SELECT CAST(value AS INTEGER) FROM run WHERE key = 'begin_ns'), 0)) / 1e9) || ' s' AS moment
	  FROM incidents
	 WHERE kind IN ('oom_kill', 'denied', 'livelock')
	 GROUP BY scenario, container, resource, kind
)
SELECT o.container, c.name, c.path, o.resource, o.scenario, s.label,
       o.barrier_pages, o.limit_pages, o.held_pages, o.maxheld_pages, o.failcnt, o.reclaim_calls,
       o.scanned_pages, o.uncharged_pages,
       o.reclaimed_pages, o.reclaimed_pages_assumed,
       o.refaulted_pages, o.refaulted_pages_assumed,
       o.swapped_out_pages, o.swapped_out_pages_assumed,
       o.oom_kills, o.oom_kills_assumed,
       o.denied_calls, o.denied_calls_assumed,
       o.diverged_ns, o.evidence,
       CASE
       WHEN o.scenario = 0			THEN 'as recorded'
       WHEN o.oom_kills > 0			THEN 'killed' || coalesce(' at ' || k.moment, '')
       WHEN o.denied_calls > 0			THEN coalesce(d.call, '') || 'denied' || coalesce(' at ' || d.moment, '')
       WHEN l.moment IS NOT NULL		THEN 'stuck at ' || l.moment
       WHEN o.oom_kills_assumed > 0		THEN 'possibly killed'
       WHEN o.denied_calls_assumed > 0		THEN 'possibly denied'
       WHEN o.failcnt = 0 AND o.barrier_pages IS NULL AND o.limit_pages IS NULL AND o.reclaim_calls > 0 THEN 'gives way above'
       WHEN o.failcnt = 0 AND o.barrier_pages IS NULL AND o.limit_pages IS NULL THEN 'no limit'
       WHEN o.void_ops > 0			THEN 'cut short by a kill elsewhere'
       WHEN o.failcnt = 0 AND o.refaulted_pages > 0 THEN 'fits, refaults for others'
       WHEN o.failcnt = 0			THEN 'fits'
       WHEN o.refaulted_pages > 0 OR o.refaulted_pages_assumed > 0 THEN 'reclaims, refaults'
       WHEN o.reclaim_calls > 0			THEN 'reclaims'
       ELSE 'charges refused'
       END || CASE WHEN o.verdict_stands OR o.scenario = 0 THEN '' ELSE ', may flip' END AS verdict,
       EXISTS (SELECT 1 FROM limits AS m WHERE m.scenario = o.scenario AND m.container = o.container
		  AND m.resource = o.resource) AS is_limited,
       o.void_ops,
       o.held_low_pages, o.held_high_pages, o.maxheld_low_pages, o.maxheld_high_pages, o.verdict_stands,
       r.low AS refaulted_low_pages, coalesce(a.high, r.high) AS refaulted_high_pages, r.runs
  FROM outcomes AS o
  JOIN containers AS c USING (container)
  JOIN scenarios AS s USING (scenario)
  LEFT JOIN first AS k ON k.kind = 'oom_kill' AND k.scenario = o.scenario
			  AND k.container = o.container AND k.resource = o.resource
  LEFT JOIN first AS d ON d.kind = 'denied' AND d.scenario = o.scenario
			  AND d.container = o.container AND d.resource = o.resource
  LEFT JOIN first AS l ON l.kind = 'livelock' AND l.scenario = o.scenario
			  AND l.container = o.container AND l.resource = o.resource
  LEFT JOIN spreads AS r ON r.figure = 'refaulted_pages' AND r.scenario = o.scenario
			    AND r.container = o.container AND r.resource = o.resource
  LEFT JOIN spreads AS a ON a.figure = 'refaulted_pages_assumed' AND a.scenario = o.scenario
			    AND a.container = o.container AND a.resource = o.resource
 ORDER BY o.container, o.resource, o.scenario

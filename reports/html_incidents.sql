-- What was refused, killed or denied to one container; runs of the same kind, process and call are one row.
WITH ordered AS (
	SELECT scenario, time_ns, end_ns, kind, pid, comm, pages, count,
	       CASE WHEN kind = 'denied' THEN detail ELSE '' END AS detail,
	       CASE WHEN instr(detail, ':') THEN substr(detail, 1, instr(detail, ':')) ELSE '' END AS call,
	       row_number() OVER (PARTITION BY scenario ORDER BY time_ns, rowid) AS place,
	       rowid AS id
	  FROM incidents
	 WHERE container = :container AND resource = :resource AND kind <> 'reclaim'
),
runs AS (
	SELECT *, place - row_number() OVER (PARTITION BY scenario, kind, pid, comm, call ORDER BY time_ns, id) AS run FROM ordered
)
SELECT s.label, r.kind, min(r.time_ns) AS first_ns, max(r.end_ns) AS last_ns, sum(r.count) AS times, r.pid, r.comm,
       sum(r.pages) AS pages, r.detail
  FROM runs AS r
  JOIN scenarios AS s USING (scenario)
 GROUP BY r.scenario, r.kind, r.pid, r.comm, r.call, r.run
 ORDER BY r.scenario, first_ns, r.place

-- One scenario as /proc/user_beancounters has it: 24 rows a container, in the file's order.
-- What recount does not model is 0 and unlimited; figures in pages.
WITH rows(position, resource, is_dummy) AS (
	VALUES (0, 'kmemsize', 0), (1, 'lockedpages', 0), (2, 'privvmpages', 0), (3, 'shmpages', 0),
	       (4, 'dummy', 1), (5, 'numproc', 0), (6, 'physpages', 0), (7, 'vmguarpages', 0),
	       (8, 'oomguarpages', 0), (9, 'numtcpsock', 0), (10, 'numflock', 0), (11, 'numpty', 0),
	       (12, 'numsiginfo', 0), (13, 'tcpsndbuf', 0), (14, 'tcprcvbuf', 0), (15, 'othersockbuf', 0),
	       (16, 'dgramrcvbuf', 0), (17, 'numothersock', 0), (18, 'dcachesize', 0), (19, 'numfile', 0),
	       (20, 'dummy', 1), (21, 'dummy', 1), (22, 'dummy', 1), (23, 'numiptent', 0)
)
SELECT c.container AS uid, r.resource,
       coalesce(o.held_pages, 0) AS held, coalesce(o.maxheld_pages, 0) AS maxheld,
       CASE WHEN r.is_dummy OR r.resource = 'physpages' THEN 0
	    ELSE coalesce(o.barrier_pages, 9223372036854775807) END AS barrier,
       CASE WHEN r.is_dummy THEN 0 ELSE coalesce(o.limit_pages, 9223372036854775807) END AS "limit",
       coalesce(o.failcnt, 0) AS failcnt
  FROM containers AS c
 CROSS JOIN rows AS r
  LEFT JOIN outcomes AS o ON o.scenario = :scenario AND o.container = c.container AND o.resource = r.resource
 ORDER BY c.container, r.position

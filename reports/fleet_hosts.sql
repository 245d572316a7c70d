-- Each recording of each service: first the columns of recommend.sql, then its name and how it stands out.
WITH service AS (SELECT match, resource, min(nr) AS first_nr, min(container) AS first FROM recommended WHERE status <> 'unused' GROUP BY match, resource)
SELECT r.container, r.name, r.path, r.resource, r.status, r.recommended_barrier_pages, r.recommended_limit_pages, r.sure_limit_pages,
       r.peak_pages, r.saving_pages, r.working_set_pages, r.held_ns, r.allowed_refaults, r.candidates, r.scenario, r.barrier_pages, r.limit_pages,
       r.refaults, r.basis, r.evidence, r.untouched_pages, r.broken_scenario, r.broken_pages, r.reason,
       r.nr + 1 AS run, n.name AS run_name, n.inputs, n.kernel,
       coalesce((SELECT group_concat(how, ', ') FROM unlike AS u WHERE u.recording = r.nr AND u.match = r.match AND u.resource = r.resource), '')
		AS stands_out
  FROM recommended AS r
  JOIN service AS s USING (match, resource)
  JOIN recording AS n ON n.nr = r.nr
 WHERE r.status <> 'unused'
 ORDER BY s.first_nr, s.first, r.resource, r.match, r.nr

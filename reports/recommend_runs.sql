-- Several recordings of one service: the worst case of each container and resource, and how far apart the recordings are.
-- Table recommended: the answers of recommend.sql, nr = which run, match = the container in all of them.  First its columns, of the run that needs most.
WITH worst AS (
	-- SQLite takes the columns of max()'s row.
	SELECT *, max(CASE status
		      WHEN 'too small' THEN 1e18
		      WHEN 'unused' THEN -2
		      WHEN 'untried' THEN -1
		      ELSE 1.0 * coalesce(recommended_barrier_pages, recommended_limit_pages) END) AS need
	  FROM recommended
	 GROUP BY match, resource
),
spread AS (
	SELECT match, resource, count(*) AS nr_runs, min(nr) AS first_nr, min(container) AS first,
	       min(peak_pages) AS least_peak, max(peak_pages) AS most_peak,
	       min(coalesce(recommended_barrier_pages, recommended_limit_pages)) AS least,
	       max(recommended_barrier_pages) AS barrier, max(recommended_limit_pages) AS "limit", max(sure_limit_pages) AS sure,
	       max(status = 'at least') AS is_any_unsure
	  FROM recommended
	 GROUP BY match, resource
)
SELECT s.first AS container, w.name, w.path, w.resource,
       CASE WHEN w.status = 'supported' AND s.is_any_unsure THEN 'at least' ELSE w.status END AS status,
       CASE WHEN w.status <> 'too small' THEN s.barrier END AS recommended_barrier_pages,
       CASE WHEN w.status <> 'too small' THEN s."limit" END AS recommended_limit_pages,
       CASE WHEN w.status <> 'too small' THEN s.sure END AS sure_limit_pages,
       s.most_peak AS peak_pages,
       CASE WHEN w.status <> 'too small' THEN s.most_peak - coalesce(s.barrier, s."limit") END AS saving_pages,
       w.working_set_pages, w.held_ns, w.allowed_refaults, w.candidates, w.scenario, w.barrier_pages, w.limit_pages,
       w.refaults, w.basis, w.evidence, w.untouched_pages, w.broken_scenario, w.broken_pages,
       CASE WHEN s.nr_runs > 1 THEN printf('Of %d recordings, number %d needs most: ', s.nr_runs, w.nr + 1)
	    ELSE printf('Only in recording %d: ', w.nr + 1) END || w.reason AS reason,
       s.nr_runs AS runs, w.nr + 1 AS worst_run,
       s.least AS least_recommended_pages, s.least_peak AS least_peak_pages
  FROM worst AS w
  JOIN spread AS s USING (match, resource)
 ORDER BY s.first_nr, s.first, w.resource

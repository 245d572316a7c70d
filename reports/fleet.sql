-- Several recordings of one service: the worst case of each container and resource, and how far apart the recordings are.
-- Tables: recommended, the answers of recommend.sql (nr = which recording, match = the container in all of them); recording, their
-- names; middle, fleet_middle.sql; unlike, fleet_unlike.sql.  First the columns of recommend.sql, of the recording that needs most.
WITH used AS MATERIALIZED (SELECT * FROM recommended WHERE status <> 'unused'),
worst AS (
	-- SQLite takes the columns of max()'s row.
	SELECT *, max(CASE status
		      WHEN 'too small' THEN 1e18
		      WHEN 'cut short' THEN 1e17
		      WHEN 'untried' THEN -1
		      ELSE 1.0 * coalesce(recommended_barrier_pages, recommended_limit_pages) END) AS need
	  FROM used
	 GROUP BY match, resource
),
spread AS (
	SELECT match, resource, count(*) AS nr_runs, min(nr) AS first_nr, min(container) AS first,
	       min(peak_pages) AS least_peak, max(peak_pages) AS most_peak,
	       min(coalesce(recommended_barrier_pages, recommended_limit_pages)) AS least,
	       count(coalesce(recommended_barrier_pages, recommended_limit_pages)) AS nr_needs,
	       max(recommended_barrier_pages) AS barrier, max(recommended_limit_pages) AS "limit", max(sure_limit_pages) AS sure,
	       max(status = 'at least') AS is_any_unsure, max(status = 'may not stand') AS is_any_lossy
	  FROM used
	 GROUP BY match, resource
)
SELECT s.first AS container, w.name, w.path, w.resource,
       CASE
       WHEN w.status = 'supported' AND s.is_any_lossy THEN 'may not stand'
       WHEN w.status = 'supported' AND s.is_any_unsure THEN 'at least'
       ELSE w.status
       END AS status,
       CASE WHEN w.status NOT IN ('too small', 'cut short') THEN s.barrier END AS recommended_barrier_pages,
       CASE WHEN w.status NOT IN ('too small', 'cut short') THEN s."limit" END AS recommended_limit_pages,
       CASE WHEN w.status NOT IN ('too small', 'cut short') THEN s.sure END AS sure_limit_pages,
       s.most_peak AS peak_pages,
       CASE WHEN w.status NOT IN ('too small', 'cut short') THEN s.most_peak - coalesce(s.barrier, s."limit") END AS saving_pages,
       w.working_set_pages, w.held_ns, w.allowed_refaults, w.candidates, w.scenario, w.barrier_pages, w.limit_pages,
       w.refaults, w.basis, w.evidence, w.untouched_pages, w.broken_scenario, w.broken_pages,
       CASE WHEN s.nr_runs > 1 AND w.status NOT IN ('too small', 'untried') AND s.nr_needs = s.nr_runs AND s.least = coalesce(s.barrier, s."limit")
	    THEN printf('All %d recordings need the same. In %s: ', s.nr_runs, n.name)
	    WHEN s.nr_runs > 1 THEN printf('Of %d recordings, %s needs most: ', s.nr_runs, n.name)
	    ELSE printf('Only in %s: ', n.name) END || w.reason AS reason,
       s.nr_runs AS runs, w.nr + 1 AS worst_run,
       s.least AS least_recommended_pages, s.least_peak AS least_peak_pages,
       n.name AS worst_name,
       CAST(round(l.pages) AS INTEGER) AS median_recommended_pages, CAST(round(p.pages) AS INTEGER) AS median_peak_pages,
       (SELECT count(DISTINCT recording) FROM unlike AS u WHERE u.match = w.match AND u.resource = w.resource) AS unlike_runs,
       w.match
  FROM worst AS w
  JOIN spread AS s USING (match, resource)
  JOIN recording AS n ON n.nr = w.nr
  LEFT JOIN middle AS l ON l.match = w.match AND l.resource = w.resource AND l.what = 'needs'
  LEFT JOIN middle AS p ON p.match = w.match AND p.resource = w.resource AND p.what = 'peaks'
 ORDER BY s.first_nr, s.first, w.resource

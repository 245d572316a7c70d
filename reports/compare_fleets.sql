-- What changed from fleet 0 to fleet 1: for every service and resource that both have, the worst case and how the recordings lie.
-- Tables: service, the answers of fleet.sql; trust: nr, error_pages, holes.  Columns and verdicts are those of compare.sql.
WITH
pairs AS MATERIALIZED (
	SELECT a.container, a.name, a.path, a.resource, a.worst_name AS a_worst, b.worst_name AS b_worst,
	       coalesce(a.recommended_barrier_pages, a.recommended_limit_pages) AS a_needs, a.status AS a_status, a.sure_limit_pages AS a_sure,
	       coalesce(b.recommended_barrier_pages, b.recommended_limit_pages) AS b_needs, b.status AS b_status, b.sure_limit_pages AS b_sure,
	       a.median_recommended_pages AS a_median, b.median_recommended_pages AS b_median,
	       a.peak_pages AS a_peak, b.peak_pages AS b_peak, a.median_peak_pages AS a_middle, b.median_peak_pages AS b_middle,
	       a.runs AS a_runs, b.runs AS b_runs, a.unlike_runs AS a_unlike, b.unlike_runs AS b_unlike, a.candidates > 0 AND b.candidates > 0 AS is_tried
	  FROM service AS a
	  JOIN service AS b ON a.nr = 0 AND b.nr = 1 AND b.match = a.match AND b.resource = a.resource
),
error AS (SELECT sum(pages) AS pages, sum(holes) AS holes FROM (SELECT max(error_pages) AS pages, sum(holes) AS holes FROM trust GROUP BY nr)),
figures(container, name, path, resource, position, what, worst, a, a_high, b, b_high, error) AS (
	SELECT container, name, path, resource, 0, 'recommended, pages', CASE a_worst WHEN b_worst THEN a_worst ELSE a_worst || ', then ' || b_worst END,
	       a_needs, CASE a_status WHEN 'at least' THEN a_sure ELSE a_needs END,
	       b_needs, CASE b_status WHEN 'at least' THEN b_sure ELSE b_needs END, 0
	  FROM pairs WHERE is_tried
	UNION ALL
	SELECT container, name, path, resource, 1, 'median need, pages', '', a_median, a_median, b_median, b_median, 0 FROM pairs WHERE is_tried
	UNION ALL
	SELECT container, name, path, resource, 2, 'highest peak, pages', '', a_peak, a_peak, b_peak, b_peak,
	       (SELECT CASE holes WHEN 0 THEN pages END FROM error) FROM pairs
	UNION ALL
	SELECT container, name, path, resource, 3, 'median peak, pages', '', a_middle, a_middle, b_middle, b_middle,
	       (SELECT CASE holes WHEN 0 THEN pages END FROM error) FROM pairs
	UNION ALL
	SELECT container, name, path, resource, 4, 'recordings', '', a_runs, a_runs, b_runs, b_runs, 0 FROM pairs
	UNION ALL
	SELECT container, name, path, resource, 5, 'stand out', '', a_unlike, a_unlike, b_unlike, b_unlike, 0 FROM pairs
),
alone(nr, container, name, path, resource, worst) AS (
	SELECT nr, container, name, path, resource, worst_name FROM service AS a
	 WHERE NOT EXISTS (SELECT 1 FROM service AS b WHERE b.nr <> a.nr AND b.match = a.match AND b.resource = a.resource)
)
SELECT container, name, path, resource, NULL AS scenario, worst AS label, what, a, a_high, b, b_high, b - a AS difference, error,
       CASE
       WHEN a IS NULL AND b IS NULL THEN 'none in both'
       WHEN a IS NULL THEN 'only the second can be given one'
       WHEN b IS NULL THEN 'only the first can be given one'
       WHEN position > 3 THEN 'counted'
       WHEN error IS NULL THEN 'events were lost: cannot tell'
       WHEN a > b_high + error OR b > a_high + error THEN 'more than the error'
       ELSE 'within the error'
       END AS verdict
  FROM figures
 WHERE a IS NOT b OR a_high IS NOT b_high
UNION ALL
SELECT container, name, path, resource, NULL, worst, 'service', NULL, NULL, NULL, NULL, NULL, NULL,
       CASE nr WHEN 0 THEN 'only in the first' ELSE 'only in the second' END
  FROM alone
 ORDER BY name, path, resource, what

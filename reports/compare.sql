-- What changed from run 0 to run 1: for every container and resource that both have, under every limit that both tried.
-- Tables: point, the answers of table.sql; recommended, of recommend.sql; trust: nr, error_pages, holes.
-- A figure is known as an interval: as seen to as assumed; no upper end where the recording cannot tell.
WITH
pairs AS MATERIALIZED (
	SELECT a.container, a.name, a.path, a.resource, a.scenario, a.label, a.diverged_ns IS NOT b.diverged_ns AS is_cut,
	       a.maxheld_pages AS a_peak, b.maxheld_pages AS b_peak,
	       a.refaulted_pages AS a_refaults, b.refaulted_pages AS b_refaults,
	       CASE WHEN a.refaulted_pages_assumed IS NOT NULL THEN a.refaulted_pages_assumed
		    WHEN a.evidence >= 1 OR a.uncharged_pages = 0 OR a.scenario = 0 THEN a.refaulted_pages END AS a_refaults_high,
	       CASE WHEN b.refaulted_pages_assumed IS NOT NULL THEN b.refaulted_pages_assumed
		    WHEN b.evidence >= 1 OR b.uncharged_pages = 0 OR b.scenario = 0 THEN b.refaulted_pages END AS b_refaults_high,
	       a.failcnt AS a_failcnt, b.failcnt AS b_failcnt,
	       a.oom_kills AS a_kills, coalesce(a.oom_kills_assumed, a.oom_kills) AS a_kills_high,
	       b.oom_kills AS b_kills, coalesce(b.oom_kills_assumed, b.oom_kills) AS b_kills_high,
	       a.denied_calls AS a_denied, coalesce(a.denied_calls_assumed, a.denied_calls) AS a_denied_high,
	       b.denied_calls AS b_denied, coalesce(b.denied_calls_assumed, b.denied_calls) AS b_denied_high
	  FROM point AS a
	  JOIN point AS b ON a.nr = 0 AND b.nr = 1 AND b.match = a.match AND b.resource = a.resource AND b.label = a.label
	 WHERE a.scenario = 0 OR a.is_limited OR b.is_limited
),
error AS (SELECT sum(error_pages) AS pages, sum(holes) AS holes FROM trust),
figures(container, name, path, resource, scenario, label, position, what, a, a_high, b, b_high, error, is_cut) AS (
	SELECT container, name, path, resource, scenario, label, 1, 'peak, pages', a_peak, a_peak, b_peak, b_peak,
	       (SELECT CASE holes WHEN 0 THEN pages END FROM error), is_cut FROM pairs
	UNION ALL
	SELECT container, name, path, resource, scenario, label, 2, 'charges refused', a_failcnt, a_failcnt, b_failcnt, b_failcnt, 0, is_cut FROM pairs
	UNION ALL
	SELECT container, name, path, resource, scenario, label, 3, 'pages come back', a_refaults, a_refaults_high, b_refaults, b_refaults_high,
	       0, is_cut FROM pairs
	UNION ALL
	SELECT container, name, path, resource, scenario, label, 4, 'killed', a_kills, a_kills_high, b_kills, b_kills_high, 0, 0 FROM pairs
	UNION ALL
	SELECT container, name, path, resource, scenario, label, 5, 'calls denied', a_denied, a_denied_high, b_denied, b_denied_high, 0, 0 FROM pairs
	UNION ALL
	SELECT a.container, a.name, a.path, a.resource, -1, '', 0, 'recommended, pages',
	       coalesce(a.recommended_barrier_pages, a.recommended_limit_pages),
	       CASE a.status WHEN 'at least' THEN a.sure_limit_pages ELSE coalesce(a.recommended_barrier_pages, a.recommended_limit_pages) END,
	       coalesce(b.recommended_barrier_pages, b.recommended_limit_pages),
	       CASE b.status WHEN 'at least' THEN b.sure_limit_pages ELSE coalesce(b.recommended_barrier_pages, b.recommended_limit_pages) END,
	       0, 0
	  FROM recommended AS a
	  JOIN recommended AS b ON a.nr = 0 AND b.nr = 1 AND b.match = a.match AND b.resource = a.resource
	 WHERE a.candidates > 0 AND b.candidates > 0
),
alone(nr, container, name, path, resource) AS (
	SELECT nr, container, name, path, resource FROM point AS a
	 WHERE scenario = 0 AND maxheld_pages > 0 AND NOT EXISTS (
		SELECT 1 FROM point AS b WHERE b.nr <> a.nr AND b.scenario = 0 AND b.match = a.match AND b.resource = a.resource)
)
SELECT container, name, path, resource, scenario, label, what, a, a_high, b, b_high, b - a AS difference, error,
       CASE
       WHEN a IS NULL AND b IS NULL THEN 'none in both'
       WHEN a IS NULL THEN 'only the second can be given one'
       WHEN b IS NULL THEN 'only the first can be given one'
       WHEN is_cut THEN 'cut short by a kill or denial in one'
       WHEN error IS NULL THEN 'events were lost: cannot tell'
       WHEN a > b_high + error OR b > a_high + error THEN 'more than the error'
       WHEN a_high IS NULL OR b_high IS NULL THEN 'cannot tell: uses not seen'
       ELSE 'within the error'
       END AS verdict
  FROM figures
 WHERE a IS NOT b OR a_high IS NOT b_high
UNION ALL
SELECT container, name, path, resource, NULL, '', 'container', NULL, NULL, NULL, NULL, NULL, NULL,
       CASE nr WHEN 0 THEN 'only in the first' ELSE 'only in the second' END
  FROM alone
 ORDER BY container, path, name, resource, scenario, what

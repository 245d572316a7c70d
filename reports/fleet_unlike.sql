-- Recordings that stand out from the others of their service, by the rule that docs/fleet.md explains: where there are five or more,
-- further from the median than 3.5 times the median distance (times 1.4826: that of a normal distribution in standard deviations), and
-- than the margin of a recommendation.  Tables: recommended, recording, figure, middle.
WITH unlike AS (
	SELECT f.recording, f.match, f.resource,
	       CASE WHEN f.pages > m.pages THEN CASE f.what WHEN 'needs' THEN 'needs more' ELSE 'peaks higher' END
		    ELSE CASE f.what WHEN 'needs' THEN 'needs less' ELSE 'peaks lower' END END AS how,
	       f.pages, CAST(round(m.pages) AS INTEGER) AS median_pages
	  FROM figure AS f
	  JOIN middle AS m USING (match, resource, what)
	 WHERE m.nr_figures >= 5
	   AND abs(f.pages - m.pages) > max(3.5 * 1.4826 * m.deviation, m.pages * coalesce(:margin, 1500) / 10000.0)
	UNION ALL
	SELECT r.nr, r.match, r.resource, CASE r.status WHEN 'too small' THEN 'no limit tried will do' ELSE 'events were lost' END,
	       NULL, CAST(round(m.pages) AS INTEGER)
	  FROM recommended AS r
	  JOIN middle AS m ON m.match = r.match AND m.resource = r.resource AND m.what = 'needs'
	 WHERE r.status = 'too small' OR (r.status = 'may not stand' AND m.nr_figures > 1)
)
SELECT u.recording, n.name AS run_name, r.name, r.path, u.match, u.resource, u.how, u.pages, u.median_pages
  FROM unlike AS u
  JOIN recording AS n ON n.nr = u.recording
  JOIN recommended AS r ON r.nr = u.recording AND r.match = u.match AND r.resource = u.resource
 ORDER BY u.match, u.resource, u.recording, u.how

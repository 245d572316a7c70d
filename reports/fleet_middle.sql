-- Of each service the median of what its recordings need, and of their peaks; and the median of how far they are off it.
-- Table figure: recording, match, resource, what, pages.
WITH placed AS (
	SELECT match, resource, what, pages, row_number() OVER (PARTITION BY match, resource, what ORDER BY pages) AS place,
	       count(*) OVER (PARTITION BY match, resource, what) AS nr_figures
	  FROM figure
),
middle AS MATERIALIZED (
	SELECT match, resource, what, nr_figures, avg(pages) AS pages
	  FROM placed
	 WHERE place IN ((nr_figures + 1) / 2, (nr_figures + 2) / 2)
	 GROUP BY match, resource, what
),
off AS (
	SELECT f.match, f.resource, f.what, m.nr_figures, m.pages, abs(f.pages - m.pages) AS distance,
	       row_number() OVER (PARTITION BY f.match, f.resource, f.what ORDER BY abs(f.pages - m.pages)) AS place
	  FROM figure AS f
	  JOIN middle AS m USING (match, resource, what)
)
SELECT match, resource, what, nr_figures, pages, avg(distance) AS deviation
  FROM off
 WHERE place IN ((nr_figures + 1) / 2, (nr_figures + 2) / 2)
 GROUP BY match, resource, what

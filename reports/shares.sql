-- With whom: pages that one container is charged for and another maps.
SELECT s.container, c.name, c.path, s.resource, s.other, n.name AS other_name, n.path AS other_path, s.paid_pages, s.unpaid_pages
  FROM shares AS s
  JOIN containers AS c USING (container)
  JOIN containers AS n ON n.container = s.other
 ORDER BY s.container, s.resource, s.other

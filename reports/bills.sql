-- Who pays: what each container is charged for, as recorded, at the moment of its most; and what is between containers.
SELECT b.container, c.name, c.path, b.resource, b.time_ns, b.held_pages,
       b.mapped_pages - b.shared_pages AS own_pages, b.shared_pages, b.others_pages,
       max(b.held_pages - b.mapped_pages - b.others_pages, 0) AS unmapped_pages, b.unpaid_pages, b.alone_pages,
       coalesce((SELECT sum(s.unpaid_pages) FROM shares AS s
		  WHERE s.container = b.container AND s.resource = b.resource), 0) AS unpaid_by_others_pages
  FROM bills AS b
  JOIN containers AS c USING (container)
 WHERE b.held_pages > 0 OR b.unpaid_pages > 0
 ORDER BY b.container, b.resource

/**
 * The account for whose jobs device `d` is own; 0 for everybody's, null for nobody's. Only where the lease or checkpoint `of` names the holder that the
 * device is now: what it took as a stranger stays a stranger's, whoever logs in on it afterwards.
 */
export const ownOf = (of: string): string =>
  `CASE WHEN d.own > 0 AND ${of}.holder = coalesce('a:' || d."accountId", 'd:' || d.id) THEN CASE d.own WHEN 1 THEN d."accountId" WHEN 2 THEN 0 END END`

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = '\\d{2}:\\d{2}:\\d{2}';
/** The three forms of RFC 9110, 5.6.7: IMF-fixdate, that of RFC 850 and that of asctime. */
const FORMS = [
  new RegExp(`^${DAY}, \\d{2} ${MONTH} \\d{4} ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d{2}-${MONTH}-\\d{2} ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} [ \\d]\\d ${TIME} \\d{4}$`),
] as const;

/** The time of an HTTP date in milliseconds; undefined for anything else, which a condition has to ignore. */
export function parseHttpDate(value: string): number | undefined {
  const form = FORMS.findIndex((pattern) => pattern.test(value));
  if (form === -1) return undefined;
  const time = Date.parse(form === 2 ? `${value} GMT` : value);
  return Number.isNaN(time) ? undefined : time;
}

/** A time as HTTP can say it: whole seconds. */
export function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}

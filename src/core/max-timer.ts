/** The longest that a timer of Node waits, in milliseconds; a longer one fires at once: https://nodejs.org/api/timers.html */
export const MAX_TIMER_MS = 2 ** 31 - 1;

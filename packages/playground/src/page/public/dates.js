// @ts-check
/** Instants as Slack writes them, in the reader's own time zone. */

/**
 * @param {Date} at
 * @param {Intl.DateTimeFormatOptions} options
 */
function written(at, options) {
  return new Intl.DateTimeFormat('en', options).format(at);
}

/**
 * @param {number} at ms
 * @param {{ seconds?: boolean }} [how]
 */
export function clock(at, { seconds = false } = {}) {
  const second = seconds ? /** @type {const} */ ({ second: '2-digit' }) : {};
  return written(new Date(at), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...second });
}

/**
 * `today`, `yesterday` or `tomorrow`; undefined for other days.
 * @param {Date} at
 * @param {Date} now
 */
function nearDay(at, now) {
  /** @param {Date} date */
  const midnight = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  const days = (midnight(at) - midnight(now)) / 86_400_000;
  return days === 0 ? 'today' : days === -1 ? 'yesterday' : days === 1 ? 'tomorrow' : undefined;
}

/**
 * @param {number} ms
 */
function ago(ms) {
  const [amount, unit] =
    ms < 60_000 ? [ms / 1000, 'second'] : ms < 3_600_000 ? [ms / 60_000, 'minute'] : [ms / 3_600_000, 'hour'];
  return new Intl.RelativeTimeFormat('en').format(
    -Math.round(Number(amount)),
    /** @type {Intl.RelativeTimeFormatUnit} */ (unit),
  );
}

/**
 * The text of `<!date^seconds^format|…>`. Tokens that Slack does not know stay as they are.
 * @param {number} at ms
 * @param {string} format
 * @param {number} [now] ms
 */
export function dateText(at, format, now = Date.now()) {
  const date = new Date(at);
  const near = nearDay(date, new Date(now));
  return format.replaceAll(/\{(\w+)\}/g, (whole, token) => {
    switch (token) {
      case 'time':
        return clock(at);
      case 'time_secs':
        return clock(at, { seconds: true });
      case 'ago':
        return ago(now - at);
      case 'date_num':
        return date.toLocaleDateString('sv');
      case 'date_short_pretty':
      case 'date_pretty':
      case 'date_long_pretty':
        if (near !== undefined) return near;
    }
    if (token.startsWith('date_short'))
      return written(date, { month: 'short', day: 'numeric', year: 'numeric' });
    if (token.startsWith('date_long'))
      return written(date, { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });
    return token.startsWith('date')
      ? written(date, { month: 'long', day: 'numeric', year: 'numeric' })
      : whole;
  });
}

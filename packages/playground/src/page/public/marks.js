// @ts-check
/** Chooses the switches of the chart that show their name, and the place of each. */

/** Lines closer than this share one label, in CSS pixels. */
const nearest = 60;

/**
 * The labels that fit, the newest first: none is nearer than 60 pixels to a newer one, and none covers another.
 * @template {{ x: number, width: number }} T
 * @param {readonly T[]} lines oldest first; `x` of the line and `width` of its label, in canvas pixels
 * @param {{ from: number, to: number }} room the range of the chart
 * @param {number} [ratio] canvas pixels for one CSS pixel
 * @returns {(T & { left: number })[]}
 */
export function labelled(lines, room, ratio = 1) {
  /** @type {(T & { left: number })[]} */
  const placed = [];
  for (const line of lines.toReversed()) {
    const { x, width } = line;
    const left = Math.max(room.from, x + width > room.to ? x - width : x);
    const newer = placed.at(-1);
    if (newer && (newer.x - x < nearest * ratio || left + width > newer.left)) continue;
    placed.push({ ...line, left });
  }
  return placed;
}

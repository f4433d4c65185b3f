// @ts-check
/** The few emoji names that occur here; the bot itself writes the characters. */
const table = new Map(
  Object.entries({
    arrows_counterclockwise: '🔄',
    bell: '🔔',
    eyes: '👀',
    fire: '🔥',
    green_circle: '🟢',
    hourglass_flowing_sand: '⏳',
    large_blue_circle: '🔵',
    large_green_circle: '🟢',
    leftwards_arrow_with_hook: '↩️',
    lock: '🔒',
    mute: '🔇',
    no_bell: '🔕',
    red_circle: '🔴',
    rocket: '🚀',
    rotating_light: '🚨',
    tada: '🎉',
    unlock: '🔓',
    vertical_traffic_light: '🚦',
    warning: '⚠️',
    white_check_mark: '✅',
    x: '❌',
    '+1': '👍',
    '-1': '👎',
  }),
);

/**
 * The emoji of this name, without its colons; undefined when it is not one of these.
 * @param {string} name
 */
export function emoji(name) {
  return table.get(name);
}

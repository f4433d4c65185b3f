import { versionKnown } from './settings.ts';
import type { Settings } from './settings.ts';

/** Something that cannot be known about a service, because a setting is missing. */
export interface Unknown {
  /** A few words, for cards and status. */
  short: string;
  /** What follows from it, as a sentence without its end. */
  means: string;
  fix: string;
}

/** Returns what cannot be known about a service with these settings. */
export function unknownsOf(settings: Settings): Unknown[] {
  const unknown: Unknown[] = [];
  if (settings.probe === undefined)
    unknown.push({
      short: 'not probed',
      means: 'not probed: after a switch, only the router says where traffic goes',
      fix: 'set probe: a URL through the router, where a color says which one it is',
    });
  if (settings.router.kind === 'haproxy' && settings.router['mapFile'] === undefined)
    unknown.push({
      short: 'a reload goes back to blue or green, as the map file says',
      means:
        'no mapFile: a reload goes back to blue or green, as the map file of HAProxy says, which no switch changes',
      fix: 'set router.mapFile, the map file as this process sees it',
    });
  if (!versionKnown(settings))
    unknown.push({
      short: 'version not checked',
      means: 'version not checked: a color that answers well may run any version',
      fix: 'set versionPath (or versionHeader, versionText) at a health check',
    });
  return unknown;
}

import { groupSchema } from './alert.ts';
import type { AlertGroup } from './alert.ts';

/**
 * A stored group, checked. Null for one that cannot be read: its alerts are told anew when they come again, which is
 * better than a sender that is refused for ever.
 */
export function readGroup(json: string): AlertGroup | null {
  try {
    const read = groupSchema.safeParse(JSON.parse(json));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/**
 * Returns the start of every key. All keys share one hash tag, so that they are on one node of a Cluster and one script
 * can write them all. The scripts get this start as their only declared key and build the names from it:
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `s:<service>` | hash | `record` (JSON), `revision`, `schema`, `op` (id of the operation under way, or empty), lease (`token`, `until`, `renewedAt`), `wish`, `wishOp` and `wishForced` (the pending revert), `due`, `bakeDue`, `shown`, `queueDue` (when the first place of the line expires), `queueDrawn` |
 * | `h:<service>` | hash | history: number → JSON, `n<number>` → how many repeats it counts, `last` → newest number |
 * | `queue:<service>` | hash | the line: id of a place → `<order> <arrival> <until> <kin: the places that it overtakes> <JSON>` |
 * | `services` | set | services that have a record |
 * | `leases` | zset | service → end of its lease |
 * | `due` | zset | name → due time, or the end of the hold while it is held |
 * | `held` | hash | name → `<until> <token>` |
 * | `again` | hash | name → `againInMs` of the last `done`, as an instant |
 * | `out:<channel>`, `notices:<channel>` | zset, hash | notice id → order, id → JSON |
 * | `draw:<channel>` | hash | `<service> <release>` → mark |
 * | `channels` | set | channels with something to send |
 * | `counter` | string | numbers notices and draw marks |
 * | `msg:<channel>:<ts>`, `card:<service>:<release>` | string | message as JSON, 90 days |
 * | `mark:<key>` | string | outcome as JSON, 10 minutes |
 * | `refusal:<service>:<digest>` | string | number of the history entry that counts equal refusals, 60 s |
 * | `refusal:<service>:<code>` | string | number of the history entry that counts those above the bound, 1 h |
 * | `refusals:<service>:<code>` | string | entries of this hour that people without a role can cause |
 * | `a:<id>` | hash | an alert group: `group` (JSON), `revision`, `placed` (`own` or the id of a digest), `channel`, `due` |
 * | `open:<service>` | hash | groups that fire: id → channel |
 * | `opened:<channel>` | zset | groups → when they began to fire, of the last minute |
 * | `surfaced:<channel>` | zset | groups that left a digest because a critical alert fires → when, of the last minute |
 * | `digest:<channel>`, `g:<digest>` | string, zset | id of the digest that takes groups now; its groups → their order: by severity, then by when they came |
 * | `configurations` | hash | digest of a configuration that a replica runs with → `<when the replica reported it> <the names in it, as JSON>` |
 * | `senders` | hash | notes on the senders of alerts: `<kind>:<source>:<of>` → `<when> <JSON>` |
 * | `evidence:<service>`, `compare:<service>` | string | what the pairs of a service say (`evidence:mirror:<service>`: what its compared answers say), as JSON, 1 h; until when somebody asked for pairs |
 * | `once:<key>` | string | a message that is sent once within its time |
 * | `asked` | hash | service → last answer of the router |
 * | `clock`, `shift` | string | newest instant seen; ms that are added to the clock of the server (time-line.ts) |
 * | `ping`, `probe` | string | 1 s: whether the server takes writes, and this user may run all commands |
 * | `wait:<id>` | string | what a process wrote last before it asked for the replicas, 10 s |
 * | `allowed:<key>`, `rate:<who>:<minute>` | string | 24 h, 2 minutes |
 *
 * Throws when the prefix is empty or has a brace or a space in it.
 * See docs/design.md#redis.
 */
export function keyStart(prefix: string): string {
  if (!/^[^\s{}]+$/.test(prefix))
    throw new Error('redis.prefix must be non-empty, without spaces and braces');
  return `${prefix}:{${prefix}}:`;
}

/** Returns the prefix from which `keyStart` made this start. */
export function prefixOf(start: string): string {
  return start.slice(0, start.indexOf(':{'));
}

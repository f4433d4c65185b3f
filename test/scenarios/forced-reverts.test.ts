import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { sharedTown } from '../support/shared-town.ts';

describe.each(['http', 'socket'] as const)(
  'a revert to a color that is not well, over %s',
  { concurrent: true },
  (mode) => {
    const { town, at } = sharedTown({
      mode,
      services: {
        dead: {},
        overwritten: {},
        button: {},
        late: {},
        elsewhere: {},
        drained: {},
        oneway: {},
        migrated: { schema: { needs: 'schema.needs', reads: 'schema.reads' } },
      },
    });
    const forceOn = (message: Message) =>
      town()
        .slack.look(message)
        .buttons.some((button) => button.actionId === 'release.force');

    it('is refused as unhealthy and moves nothing, and goes with --force and a reason', async () => {
      const dead = at('dead');
      await dead.released('v2');
      await dead.blue.die();
      expect((await dead.does('ann', 'revert')).text).toMatch(/^revert: /);
      const refused = await dead.hears('ann', 'unhealthy');
      expect(refused.text).toMatch(/^unhealthy: dead is not reverted to blue v1/);
      expect(refused.text).toMatch(/Press Force… to go back anyway, or type \/release revert dead --force/);
      expect(forceOn(refused)).toBe(true);
      expect(await dead.record()).toMatchObject({ state: 'idle', live: 'green', epoch: 2 });
      expect(await dead.live()).toBe('green');

      expect((await dead.does('ann', 'revert', '--force')).text).toMatch(/^bad-arguments: /);
      expect((await dead.does('ann', 'revert', '--force "v2 eats orders"')).text).toMatch(/^revert: /);
      const record = await dead.until('reverted', (each) => each.state === 'idle' && each.live === 'blue');
      expect(record.lock?.reason).toContain('v2 eats orders');
      await dead.blue.revive();
      expect(await dead.live()).toBe('blue');
    });

    it('is refused where the person asked, in the thread of a mention too, with the way to force it', async () => {
      const elsewhere = at('elsewhere');
      const { slack } = town();
      const room = slack.channel('#checkout');
      const heardThere = (who: string) =>
        slack.until(() =>
          room
            .ephemerals(slack.person(who))
            .find((each) => each.text.startsWith('unhealthy: elsewhere is not reverted')),
        );
      await elsewhere.released('v2');
      elsewhere.blue.levers.fail = true;
      await slack.person('ann').types('#checkout', '/revert elsewhere');
      const typed = await heardThere('ann');
      expect(forceOn(typed)).toBe(true);
      expect(typed.threadTs).toBeUndefined();
      await elsewhere.until('idle', (record) => record.state === 'idle');

      const { message } = await slack.person('bob').mentions('#checkout', 'revert elsewhere');
      const mentioned = await heardThere('bob');
      expect(mentioned.threadTs).toBe(message.ts);
      await slack.person('bob').presses(mentioned, 'release.force');
      const view = await slack.until(() => slack.person('bob').view());
      await slack.person('bob').submits(view, { reason: { reason: 'v2 eats orders' } });
      await elsewhere.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
    });

    it('is refused where there is no way back, typed and pressed, and goes through the modal', async () => {
      const oneway = at('oneway');
      const { slack } = town();
      oneway.green.levers.version = 'v2';
      await oneway.does('ann', 'stage', 'v2 --no-way-back it drops the column legacy_id');
      await oneway.until('staged', ({ state }) => state === 'staged');
      const words = 'no way back: it drops the column legacy_id';
      expect(oneway.look(await oneway.cardWith('release.promote')).text).toMatch(new RegExp(words, 'i'));
      await oneway.presses('ann', 'release.promote');
      await oneway.until('baking', ({ state }) => state === 'baking');
      expect((await oneway.does('ann', 'status')).shown).toContain(words);
      expect((await oneway.does('ann', 'why')).shown).toContain('no-way-back: No way back: it drops');
      const typed = await oneway.does('ann', 'revert', 'errors');
      expect(typed.text).toMatch(/^no-way-back: revert of oneway was refused\. No way back: it drops/);
      expect(typed.text).toContain('/release revert oneway --force');
      await oneway.presses('bob', 'release.revert');
      const refused = await oneway.hears('bob', 'no-way-back');
      expect(forceOn(refused)).toBe(true);
      expect(await oneway.record()).toMatchObject({ state: 'baking', live: 'green' });
      await slack.person('bob').presses(refused, 'release.force');
      const view = await slack.until(() => slack.person('bob').view());
      expect(JSON.stringify(view)).toContain(`goes back although there is ${words}`);
      await slack.person('bob').submits(view, { reason: { reason: 'the column is there again' } });
      await oneway.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
      expect(await oneway.live()).toBe('blue');
      const history = (await oneway.does('ann', 'history', '20 --refused')).shown;
      expect(history).toContain(`v2 on green; ${words}`);
      expect(history).toContain('the column is there again (forced)');
      // It ended with the revert.
      expect((await oneway.does('ann', 'status')).shown).not.toContain(words);
    });

    it('is refused where the old version does not read the migrated database, and says both versions', async () => {
      const migrated = at('migrated');
      migrated.blue.levers.more = { schema: { needs: 41, reads: '40-41' } };
      migrated.green.levers.more = { schema: { needs: '42' } };
      await migrated.staged('v2');
      await migrated.notice(
        'no way back: blue reads 40 to 41, the database is at 42. A revert must be forced',
      );
      const card = await migrated.cardWith('release.promote');
      const promote = migrated.look(card).buttons.find(({ actionId }) => actionId === 'release.promote');
      expect(JSON.stringify(promote)).toMatch(/No way back: blue reads 40 to 41, .* Schema 42: compatible\./);
      await migrated.presses('ann', 'release.promote');
      await migrated.until('baking', ({ state }) => state === 'baking');
      const back = migrated.look(await migrated.cardWith('release.revert')).buttons;
      expect(JSON.stringify(back)).toContain(
        'Blue was built for 41, the database is at 42: it will not start.',
      );
      await migrated.presses('ann', 'release.revert');
      expect(forceOn(await migrated.hears('ann', 'no-way-back'))).toBe(true);
      expect(await migrated.live()).toBe('green');
    });

    it('that runs another version by now is refused as a version-mismatch', async () => {
      const overwritten = at('overwritten');
      await overwritten.released('v2');
      overwritten.blue.levers.version = 'v9';
      await overwritten.does('ann', 'revert');
      const refused = await overwritten.hears('ann', 'version-mismatch');
      expect(overwritten.look(refused).text).toContain('v9');
      expect(await overwritten.record()).toMatchObject({ state: 'idle', live: 'green' });
      await overwritten.does('ann', 'revert', '--force v9 is better than nothing');
      await overwritten.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
      expect(await overwritten.live()).toBe('blue');
    });

    it('is forced through the button and its modal, which wants a reason', async () => {
      const button = at('button');
      const { slack } = town();
      await button.released('v2');
      button.blue.levers.fail = true;
      await button.presses('ann', 'release.revert');
      const refused = await button.hears('ann', 'unhealthy');
      const ann = slack.person('ann');
      await ann.presses(refused, 'release.force');
      const view = await slack.until(() => ann.view());
      expect(await ann.submits(view, { reason: { reason: '   ' } })).toMatchObject({
        closed: false,
        errors: { reason: 'Give a reason. It is kept in the history.' },
      });
      expect((await button.record()).live).toBe('green');
      expect(await ann.submits(view, { reason: { reason: 'better sick than wrong' } })).toMatchObject({
        closed: true,
      });
      const inPlace = () =>
        slack
          .channel(refused.channel)
          .ephemerals(ann)
          .find(({ ts }) => ts === refused.ts);
      await slack.until(() => inPlace()?.text.startsWith('revert: ') === true);
      expect(forceOn(inPlace() ?? refused)).toBe(false);
      const record = await button.until('reverted', (each) => each.state === 'idle' && each.live === 'blue');
      expect(record.lastRevert).toMatchObject({ actor: { user: 'U0ANN' } });
      expect((await button.does('ann', 'history', '20')).shown).toContain('better sick than wrong (forced)');
    });

    it('that its router would serve by no server is router-not-ready, as its promote would be, and can be forced', async () => {
      const drained = at('drained');
      const { haproxy, slack } = town();
      const all = (color: string, state: string) =>
        haproxy.command(`set server drained_${color}/${color} state ${state}`);
      await drained.staged('v2');
      await all('green', 'maint');
      await drained.does('ann', 'promote');
      await drained.hears(
        'ann',
        'router-not-ready: drained is not promoted: HAProxy has no server of drained_green',
      );
      expect(await drained.record()).toMatchObject({ state: 'staged', live: 'blue', epoch: 1 });
      expect(await drained.live()).toBe('blue');
      const why = await drained.does('ann', 'why');
      expect(why.shown).toContain('HAProxy has no server of drained_green up');
      await all('green', 'ready');
      await drained.does('ann', 'promote');
      await drained.until('baking', ({ state }) => state === 'baking');

      await all('blue', 'maint');
      await drained.does('ann', 'revert');
      const refused = await drained.hears('ann', 'router-not-ready: drained is not reverted to blue v1');
      expect(await drained.live()).toBe('green');
      const ann = slack.person('ann');
      await ann.presses(refused, 'release.force');
      const view = await slack.until(() => ann.view());
      await ann.submits(view, { reason: { reason: 'blue comes up' } });
      await all('blue', 'ready');
      await drained.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
      expect(await drained.live()).toBe('blue');
    });

    it('by a modal that comes after another revert is stale', async () => {
      const late = at('late');
      const { slack } = town();
      await late.released('v2');
      late.blue.levers.fail = true;
      await late.does('cleo', 'revert');
      const cleo = slack.person('cleo');
      await cleo.presses(await late.hears('cleo', 'unhealthy'), 'release.force');
      const view = await slack.until(() => cleo.view());
      late.blue.levers.fail = false;
      await late.reverted('bob');
      await cleo.submits(view, { reason: { reason: 'too late' } });
      await late.hears('cleo', 'stale-button');
      expect(await late.record()).toMatchObject({ epoch: 3, live: 'blue', state: 'idle' });
    });
  },
);
